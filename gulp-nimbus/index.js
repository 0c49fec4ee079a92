/** The gulp plugin: `upload`, `wait` and `apply`. */
import {apply, upload} from './lib/plugin.js';
import {readConfig} from './lib/config.js';
import {describeBatch, waitForBatch} from './lib/wait.js';

/** Wait for the last batch. @returns {Promise<object>} the batch; `{for: 'review'}` waits for the people too */
export async function wait(options = {}) {
	const config = readConfig(options);
	const batch = await waitForBatch(config);
	config.log(`nimbus: ${describeBatch(batch)}`);
	return batch;
}

export {apply, upload};
export default {upload, wait, apply};
