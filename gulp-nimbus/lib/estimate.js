/** What a push would cost: the pages are uploaded to a batch that stays open, and the server works out its price. */
import {Client} from './client.js';
import {NimbusError} from './errors.js';
import {uploadFolder} from './upload.js';

/** @returns {Promise<{upload: object, estimate: object | null}>} no estimate where nothing has changed */
export async function estimateFolder(config) {
	const upload = await uploadFolder(config, {submit: false});
	if (config.dryRun || !upload.batch_id) {
		return {upload, estimate: null};
	}
	const client = new Client(config);
	const estimate = await client.json('POST', `/batches/${encodeURIComponent(upload.batch_id)}/estimate`).catch(error => {
		throw [404, 405].includes(error.status) ? new NimbusError('This Nimbus makes no estimates. Its administrator can update it.', {code: 'no_estimates', cause: error}) : error;
	});
	return {upload, estimate};
}

/** The one line that says what it costs. */
export function describeEstimate({upload, estimate}) {
	if (!estimate) {
		return `${upload.accepted} of ${upload.pages} pages would be uploaded${upload.unchanged ? ` · ${upload.unchanged} unchanged since the last push` : ''}`;
	}
	return [`${upload.accepted} of ${upload.pages} pages`, ...prices(estimate), `batch ${upload.batch_id} waits for \`nimbus push\``].join(' · ');
}

/** The sums that the answer names, whatever else it holds. */
function prices(estimate) {
	return Object.entries(estimate).filter(([name, value]) => name.endsWith('_usd') && value !== null)
		.map(([name, value]) => `${name.slice(0, -4).replaceAll('_', ' ')} $${Number(value).toFixed(2)}`);
}
