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
		if (![404, 405].includes(error.status)) {
			throw error;
		}
		throw new NimbusError('This Nimbus makes no estimates. Its administrator can update it.', {code: 'no_estimates', cause: error});
	});
	return {upload, estimate};
}

/** The one line that says what it costs. */
export function describeEstimate({upload, estimate}) {
	if (!estimate) {
		return `${upload.accepted} of ${upload.pages} pages would be uploaded${upload.unchanged ? ` · ${upload.unchanged} unchanged since the last push` : ''}`;
	}
	const {lane, low_usd: low, likely_usd: likely, high_usd: high, live_usd: live, economy_usd: economy} = estimate;
	const other = lane === 'economy' ? `live ${dollars(live)}` : `economy ${dollars(economy)}`;
	return [
		`${upload.accepted} of ${upload.pages} pages`, `about ${dollars(likely)} (${dollars(low)} to ${dollars(high)}; ${other})`, ...room(estimate),
		`batch ${upload.batch_id} waits for \`nimbus push\``,
	].join(' · ');
}

const dollars = value => `$${Number(value).toFixed(2)}`;

/** What the tightest cap leaves, where there is one. */
function room({left_usd: left, cap, fits}) {
	const holder = typeof cap === 'string' && cap ? ` under the ${cap}'s cap` : '';
	return left === null || left === undefined ? [] : [`${dollars(left)} left${holder}${fits === false ? ', which is not enough' : ''}`];
}
