/** The HTML engine: extract everything that matters, change nothing that doesn't. */
export {apply} from './apply.js';
export {Refuse} from './encoding.js';
export {Page} from './page.js';
