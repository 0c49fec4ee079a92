import assert from 'node:assert/strict';
import {existsSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {readConfig} from '../lib/config.js';
import {uploadFolder} from '../lib/upload.js';
import {KEY, PROJECT, answer} from './support/server.js';
import {html, makeServer, makeSite} from './support/site.js';

const configOf = (options, cwd, more = {}) => readConfig({...options, cwd, ...more}, {});

test('a folder becomes a submitted batch', async t => {
	const {server, options} = await makeServer(t);
	const cwd = makeSite(t);

	const result = await uploadFolder(configOf(options, cwd, {tier: 'full', label: 'first'}));

	assert.equal(result.accepted, 2);
	assert.deepEqual(server.batches.map(({asked, pages, submitted}) => ({asked, pages, submitted})), [{asked: {tier: 'full', label: 'first'}, pages: 2, submitted: true}]);
	const about = [...server.pages.values()].find(page => page.source_path === 'about/index.html');
	assert.equal(about.page_url, '/about/index.html');
	assert.equal(about.extraction.head.title, 'About');
	assert.equal(about.source_html, html('About').replaceAll('\r\n', '\n'));
	assert.equal(JSON.parse(readFileSync(path.join(cwd, '.nimbus/state.json'))).batch_id, result.batch_id);
});

test('pages travel in chunks of at most 200', async t => {
	const {server, options} = await makeServer(t);
	const cwd = makeSite(t, Object.fromEntries(Array.from({length: 450}, (_, index) => [`p${index}.html`, html(`Page ${index}`)])));

	await uploadFolder(configOf(options, cwd));

	assert.deepEqual(server.chunks.map(chunk => chunk.pages), [200, 200, 50]);
	assert.equal(server.pages.size, 450);
});

test('large pages travel in chunks of at most 2 MB', async t => {
	const {server, options} = await makeServer(t);
	const cwd = makeSite(t, Object.fromEntries([1, 2, 3].map(index => [`p${index}.html`, html(`Page ${index}`, 'word '.repeat(200_000))])));

	await uploadFolder(configOf(options, cwd));

	assert.equal(server.pages.size, 3);
	assert.ok(server.chunks.length > 1 && server.chunks.every(chunk => chunk.pages === 1 || chunk.bytes <= 2 * 1024 * 1024));
});

test('a page that is no page is left out and the rest goes on', async t => {
	const {server, options} = await makeServer(t);
	const cwd = makeSite(t, {'index.html': html('Home'), 'empty.html': ''});

	const result = await uploadFolder(configOf(options, cwd));

	assert.equal(server.pages.size, 1);
	assert.equal(result.skipped[0].source_path, 'empty.html');
	assert.ok(result.skipped[0].reason);
});

test('a page the server refuses is listed with its reason', async t => {
	const {server, options} = await makeServer(t);
	server.reject = page => (page.source_path === 'index.html' ? {code: 'no_text', message: 'It has no text.'} : undefined);

	const result = await uploadFolder(configOf(options, makeSite(t)));

	assert.deepEqual(result.rejected, [{source_path: 'index.html', code: 'no_text', field: undefined, reason: 'It has no text.'}]);
	assert.equal(result.accepted, 1);
});

test('a batch without a page is cancelled and said', async t => {
	const {server, options} = await makeServer(t);
	server.reject = () => ({code: 'no_text', message: 'It has no text.'});

	await assert.rejects(uploadFolder(configOf(options, makeSite(t))), /No page was accepted: It has no text/);

	assert.ok(server.requests.at(-1).path.endsWith('/cancel'));
});

test('busy servers and cut connections are tried again, as late as they ask', async t => {
	const {server, options} = await makeServer(t);
	const hangUp = Object.assign(request => request.socket.destroy(), {for: '/pages'});
	server.interrupts.push(answer('/pages', 429, {code: 'rate_limited'}, {'retry-after': '1'}), hangUp, answer('/submit', 503, {code: 'unavailable'}, {'retry-after': '0'}));

	const begun = Date.now();
	const result = await uploadFolder(configOf(options, makeSite(t)));

	assert.equal(result.accepted, 2);
	assert.ok(Date.now() - begun >= 990);
});

test('a request whose first try is still under way is asked for again', async t => {
	const {server, options} = await makeServer(t);
	server.interrupts.push(answer('/batches', 409, {code: 'idempotency_running'}, {'retry-after': '0'}));

	const result = await uploadFolder(configOf(options, makeSite(t)));

	assert.equal(result.accepted, 2);
	const made = server.requests.filter(request => request.path.endsWith('/batches'));
	assert.equal(made.length, 2);
	assert.equal(new Set(made.map(request => request.headers['idempotency-key'])).size, 1);
});

test('a submit whose answer was lost counts', async t => {
	const {server, options} = await makeServer(t);
	server.interrupts.push(answer('/submit', 409, {code: 'batch_not_uploading', detail: 'It was submitted.'}));

	const result = await uploadFolder(configOf(options, makeSite(t)));

	assert.equal(result.accepted, 2);
});

test('a wrong key ends at once with the way out and without the key', async t => {
	const {server, options} = await makeServer(t);

	await assert.rejects(uploadFolder(configOf({...options, key: 'nmb_test_wrong'}, makeSite(t))), error => {
		assert.equal(error.exit, 3);
		assert.match(error.message, /This key is unknown/);
		assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes('nmb_test_wrong'));
		return true;
	});
	assert.equal(server.requests.length, 1);
});

test('options do not show the key', t => {
	const config = configOf({key: KEY}, makeSite(t));

	assert.ok(!JSON.stringify({...config}).includes(KEY));
	assert.equal(config.key, KEY);
});

test('a missing key is answered with the line to write', async t => {
	await assert.rejects(uploadFolder(configOf({}, makeSite(t))), /key: process\.env\.NIMBUS_API_KEY/);
});

test('a dry run reads everything and sends nothing', async t => {
	const {server, options} = await makeServer(t);
	const cwd = makeSite(t);

	const result = await uploadFolder(configOf(options, cwd, {dryRun: true}));

	assert.equal(result.accepted, 2);
	assert.deepEqual(server.requests.map(request => request.method), ['GET']);
	assert.ok(!existsSync(path.join(cwd, '.nimbus')));
});

test('links inside the folder are not followed', async t => {
	const {server, options} = await makeServer(t);
	const cwd = makeSite(t);
	writeFileSync(path.join(cwd, 'secret.html'), html('Secret'));
	symlinkSync(path.join(cwd, 'secret.html'), path.join(cwd, 'dist/link.html'));

	await uploadFolder(configOf(options, cwd));

	assert.equal(server.pages.size, 2);
});

test('dimensions follow the rules of the options', async t => {
	const {server, options} = await makeServer(t);
	const cwd = makeSite(t, {'berlin/rolex.html': html('Rolex')});

	await uploadFolder(configOf(options, cwd, {dimensions: [{type: 'url', pattern: '/{location}/{brand}.html'}]}));

	assert.deepEqual([...server.pages.values()][0].extraction.dimensions, {location: 'berlin', brand: 'rolex'});
});

test('a page that is too large with its source goes without it', async t => {
	const {server, options} = await makeServer(t);
	server.limits.max_page_bytes = 8_000;
	const cwd = makeSite(t, {'a.html': html('A', 'word '.repeat(1000)), 'b.html': html('B'), 'c.html': html('C', 'word '.repeat(4000))});

	const result = await uploadFolder(configOf(options, cwd));

	const sources = [...server.pages.values()].map(page => [page.source_path, 'source_html' in page]);
	assert.deepEqual(sources, [['a.html', false], ['b.html', true]]);
	assert.match(result.skipped[0].reason, /^too_large/);
});

test('a wrong rule of the project is explained before anything is sent', async t => {
	const {server, options} = await makeServer(t);
	server.project = {...server.project, settings: {dimension_rules: [{type: 'xpath'}]}};

	await assert.rejects(uploadFolder(configOf(options, makeSite(t))), {exit: 2, message: /Dimension rule 1: its `type` is one of/});
	assert.equal(server.requests.length, 1);
});

test('what is seen first and texts of JSON-LD are found by the project\'s settings', async t => {
	const {server, options} = await makeServer(t);
	server.project = {...PROJECT, settings: {dimension_rules: [{type: 'url', pattern: '/{place}.html'}], hero_selector: 'p', json_ld: true}};
	const page = html('Home').replace('</head>', '<script type="application/ld+json">{"name":"Shop"}</script></head>');

	await uploadFolder(configOf(options, makeSite(t, {'leeds.html': page})));

	const [{extraction}] = server.pages.values();
	assert.deepEqual(extraction.above_fold_blocks.map(block => block.type), ['p']);
	assert.deepEqual(extraction.rest_of_page_blocks.map(block => block.type), ['h1', 'json-ld']);
	assert.deepEqual(extraction.dimensions, {place: 'leeds'});
});

test('a wrong hero selector of the project is told before the upload', async t => {
	const {server, options} = await makeServer(t);
	server.project = {...PROJECT, settings: {hero_selector: 'main p'}};

	await assert.rejects(uploadFolder(configOf(options, makeSite(t))), /hero selector is wrong\. Name elements by tag/);

	assert.equal(server.requests.length, 1);
});
