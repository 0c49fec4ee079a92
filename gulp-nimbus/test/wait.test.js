import assert from 'node:assert/strict';
import {test} from 'node:test';
import {readConfig} from '../lib/config.js';
import {uploadFolder} from '../lib/upload.js';
import {waitForBatch} from '../lib/wait.js';
import {answer} from './support/server.js';
import {makeServer, makeSite} from './support/site.js';

async function pushed(t, more = {}) {
	const {server, options, lines} = await makeServer(t);
	const config = readConfig({...options, cwd: makeSite(t), ...more}, {});
	await uploadFolder(config);
	return {server, config, lines};
}

const quick = {pause: async () => {}};

test('the wait ends when the batch is final', async t => {
	const {server, config} = await pushed(t);

	const batch = await waitForBatch(config, quick);

	assert.equal(batch.status, 'completed');
	assert.equal(server.batches[0].polls, 3);
});

test('the wait asks with the last ETag and lets the server hold the answer', async t => {
	const {server, config} = await pushed(t);

	await waitForBatch(config, quick);

	const polls = server.requests.filter(({method, path}) => method === 'GET' && path.includes('/batches/'));
	assert.deepEqual(polls.map(({search, headers}) => [search, headers['if-none-match']]), [['', undefined], ['?wait=30', '"1"'], ['?wait=30', '"2"']]);
});

test('an unchanged batch is asked about again', async t => {
	const {server, config} = await pushed(t);
	const unchanged = (request, response) => {
		response.writeHead(304, {etag: '"1"'});
		response.end();
	};
	server.statuses = ['queued', 'completed'];
	const [id] = server.batches.map(batch => batch.id);
	let polls = 0;
	const original = server.interrupts;
	original.push(Object.assign((request, response) => {
		polls++;
		response.writeHead(200, {'content-type': 'application/json', etag: '"1"'});
		response.end(JSON.stringify({batch_id: id, status: 'queued', page_count: 2}));
	}, {for: id}), Object.assign(unchanged, {for: id}));

	const batch = await waitForBatch(config, quick);

	assert.equal(polls, 1);
	assert.equal(batch.status, 'completed');
});

test('for review, the wait says once where people decide', async t => {
	const {server, config, lines} = await pushed(t, {for: 'review'});
	server.reviewPending = [3, 3, 3, 2, 0];

	await waitForBatch(config, quick);

	const told = lines.filter(line => line.includes('wait for review'));
	assert.equal(told.length, 1);
	assert.match(told[0], /^nimbus: 3 of \d+ changes wait for review: http/);
});

test('for review, the wait ends when nothing is pending', async t => {
	const {server, config} = await pushed(t, {for: 'review'});
	server.reviewPending = [3, 3, 3, 2, 0];

	const batch = await waitForBatch(config, quick);

	assert.equal(batch.review.pending, 0);
	assert.equal(server.batches[0].polls, 5);
});

test('without it, pending reviews do not hold the wait', async t => {
	const {server, config} = await pushed(t);
	server.reviewPending = [3];

	assert.equal((await waitForBatch(config, quick)).review.pending, 3);
});

test('a failed batch is an error with its own exit code', async t => {
	const {server, config} = await pushed(t);
	server.statuses = ['failed'];

	await assert.rejects(waitForBatch(config, quick), {exit: 4, code: 'batch_failed'});
});

test('a paused batch is told with its reason and waited for', async t => {
	const {server, config, lines} = await pushed(t);
	server.statuses = ['paused', 'paused', 'completed'];

	await waitForBatch(config, quick);

	assert.equal(lines.filter(line => line.includes('is paused')).length, 1);
});

test('the wait ends in time and says which thing is late', async t => {
	const {server, config} = await pushed(t, {timeout: 0.001, for: 'review'});
	server.statuses = ['processing'];
	let clock = 0;
	const now = () => (clock += 1000);

	await assert.rejects(waitForBatch(config, {...quick, now}), {exit: 7});
	server.statuses = ['completed'];
	server.reviewPending = [4];
	await assert.rejects(waitForBatch(config, {...quick, now}), {exit: 5, message: /4 of \d+ changes still wait for review/});
});

test('without a push there is nothing to wait for', async t => {
	const {options} = await makeServer(t);

	await assert.rejects(waitForBatch(readConfig({...options, cwd: makeSite(t)}, {})), {exit: 2, message: /nimbus push/});
});

test('a server that only fails is given up on with its own exit code', async t => {
	const {server, config} = await pushed(t);
	server.interrupts.push(...Array.from({length: 7}, () => answer(undefined, 503, {code: 'unavailable', detail: 'Back soon.'}, {'retry-after': '0'})));

	await assert.rejects(waitForBatch(config, quick), {exit: 6, message: /Back soon/});
});
