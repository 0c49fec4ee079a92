/** How many of html5lib's tokenizer cases, in the folder named, the JavaScript engine passes. */
import {cases, plainTokens} from '../../gulp-nimbus/test/support/html5lib.js';

const found = [...cases(process.argv[2])];
const passed = found.filter(({source, mode, lastTag, want}) => JSON.stringify(plainTokens(source, mode, lastTag)) === JSON.stringify(want));
console.log(JSON.stringify({cases: found.length, passed: passed.length}));
