/** Wait until a batch is final, or until nobody has to review anything of it any more. */
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {Client, readJson} from './client.js';
import {needKey} from './config.js';
import {EXIT, NimbusError} from './errors.js';
import {readJsonFile} from './files.js';

const FINAL = new Set(['completed', 'failed', 'cancelled']);
const HOLD_S = 30;

/** The batch of the last push, or the one that is named. */
export async function batchId(config) {
	const id = config.batch ?? (await readJsonFile(path.join(config.state, 'state.json')))?.batch_id;
	if (!id) {
		throw new NimbusError('There is no batch yet. Run `nimbus push` first, or name one: --batch batch_….', {code: 'usage', exit: EXIT.usage});
	}
	return id;
}

export async function loadBatch(config) {
	needKey(config);
	return new Client(config).json('GET', `/batches/${encodeURIComponent(await batchId(config))}`);
}

/** @returns {boolean} whether the wait is over */
export function isOver(batch, until) {
	return FINAL.has(batch.status) && (until !== 'review' || batch.status !== 'completed' || (batch.review?.pending ?? 0) === 0);
}

/** @returns {Promise<object>} the batch, once it is over; throws when it failed, was cancelled or takes too long */
export async function waitForBatch(config, {pause = sleep, now = Date.now} = {}) {
	needKey(config);
	checkAim(config.for);
	const client = new Client(config);
	const route = `/batches/${encodeURIComponent(await batchId(config))}`;
	const deadline = now() + config.timeout * 1000;
	let batch;
	let etag;
	let told;
	for (;;) {
		const begun = now();
		const hold = Math.max(1, Math.min(HOLD_S, Math.ceil((deadline - begun) / 1000)));
		const response = await client.request('GET', etag ? `${route}?wait=${hold}` : route,
			{headers: etag ? {'if-none-match': etag} : {}, timeout: hold + 30, accept: [304]});
		if (response.status !== 304) {
			batch = await readJson(response);
			etag = response.headers.get('etag') ?? undefined;
		}
		told = tell(config, batch, told);
		if (isOver(batch, config.for)) {
			return finished(batch);
		}
		refuseStopped(batch);
		if (now() >= deadline) {
			throw late(config, batch);
		}
		// A server that does not hold the answer is not asked more than once in two seconds.
		if (etag === undefined || (response.status === 304 && now() - begun < 1000)) {
			await pause(2000);
		}
	}
}

function checkAim(aim) {
	if (aim !== undefined && aim !== 'review' && aim !== 'results') {
		throw new NimbusError('`for` is \'results\' (the batch is final) or \'review\' (nothing waits for a person).', {code: 'usage', exit: EXIT.usage});
	}
}

/** Exit as `wait` would if its time were up now; without an aim only look. */
export function checkBatch(config, batch) {
	checkAim(config.for);
	if (config.for === undefined) {
		return;
	}
	if (isOver(batch, config.for)) {
		finished(batch);
		return;
	}
	refuseStopped(batch);
	throw late({...config, timeout: 0}, batch);
}

/** More time does not bring more money. */
function refuseStopped(batch) {
	if (batch.status === 'paused' && batch.pause_reason === 'budget') {
		throw new NimbusError(`Batch ${batch.batch_id} is paused: the budget is used up. Raise it, then resume the batch: ${batch.dashboard_url}`, {code: 'budget_reached', exit: EXIT.budget});
	}
}

function tell(config, batch, told) {
	const {summary = {}, page_count: total} = batch;
	if (told === undefined) {
		config.progress?.begin('Working on', total);
	}
	config.progress?.at(total - (summary.pending ?? total));
	const isForPeople = batch.status === 'completed' && !isOver(batch, config.for);
	const line = batch.status === 'paused' ? `${batch.batch_id} is paused (${batch.pause_reason}): ${batch.dashboard_url}` : describeBatch(batch);
	if (isForPeople && !told?.isForPeople) {
		config.log(`nimbus: ${batch.review.pending} of ${batch.review.changes} changes wait for review: ${batch.dashboard_url}`);
	} else if (line !== told?.line && (config.verbose || batch.status === 'paused')) {
		config.log(line);
	}
	return {line, isForPeople};
}

function finished(batch) {
	if (batch.status === 'completed') {
		return batch;
	}
	const reason = batch.status === 'failed' ? 'failed: no page succeeded' : 'was cancelled';
	throw new NimbusError(`Batch ${batch.batch_id} ${reason}. See ${batch.dashboard_url}`, {code: `batch_${batch.status}`, exit: EXIT.batchFailed});
}

function late(config, batch) {
	if (FINAL.has(batch.status)) {
		return new NimbusError(`${batch.review.pending} of ${batch.review.changes} changes still wait for review: ${batch.dashboard_url}`, {code: 'review_pending', exit: EXIT.reviewPending});
	}
	return new NimbusError(`Batch ${batch.batch_id} is still ${batch.status}${config.timeout ? ` after ${config.timeout} s` : ''}. Wait again with \`nimbus wait\`.`,
		{code: 'timeout', exit: EXIT.timeout});
}

/** The one line that says how a batch stands. */
export function describeBatch(batch) {
	const {summary = {}, review = {}} = batch;
	const counts = [['done', summary.completed], ['failed', summary.failed], ['unchanged', summary.skipped], ['cancelled', summary.cancelled], ['pending', summary.pending]]
		.filter(([, count]) => count).map(([word, count]) => `${count} ${word}`);
	const waiting = review.pending ? [`${review.pending} of ${review.changes} changes wait for review`] : [];
	return [`${batch.batch_id} ${batch.status}`, `${batch.page_count} pages${counts.length ? `: ${counts.join(', ')}` : ''}`, ...waiting,
		...(batch.model ? [`model ${batch.model}`] : [])].join(' · ');
}
