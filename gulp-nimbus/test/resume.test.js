import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {text} from 'node:stream/consumers';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {readConfig} from '../lib/config.js';
import {Upload, uploadFolder} from '../lib/upload.js';
import {KEY, answer} from './support/server.js';
import {html, makeServer, makeSite} from './support/site.js';

const many = Object.fromEntries(Array.from({length: 450}, (_, index) => [`p${index}.html`, html(`Page ${index}`)]));

/** A site, and a function that pushes it. */
async function setUp(t, pages) {
	const {server, options} = await makeServer(t);
	const cwd = makeSite(t, pages);
	const configOf = (more = {}) => Object.assign(readConfig({...options, cwd, ...more}, {}), {pause: async () => {}});
	const push = more => uploadFolder(configOf(more));
	const write = (name, text) => writeFileSync(path.join(cwd, 'dist', name), text);
	return {server, cwd, configOf, push, write, sent: () => server.chunks.reduce((sum, chunk) => sum + chunk.pages, 0)};
}

test('only new and changed pages are sent again', async t => {
	const {server, push, write} = await setUp(t);
	await push();
	write('index.html', html('Home', 'Other text.'));
	write('new.html', html('New'));

	const result = await push();

	assert.deepEqual([result.accepted, result.unchanged], [2, 1]);
	assert.deepEqual(server.batches.map(batch => batch.pages), [2, 2]);
});

test('a page whose texts stayed is not sent for its other bytes', async t => {
	const {push, write} = await setUp(t);
	await push();
	write('index.html', html('Home').replace('a.png', 'b.png'));

	assert.equal((await push()).unchanged, 2);
});

test('where nothing changed there is no batch, and the last one stays the last', async t => {
	const {server, push, cwd} = await setUp(t);
	const first = await push();

	const result = await push();

	assert.deepEqual([result.accepted, result.unchanged, result.batch_id, server.batches.length], [0, 2, null, 1]);
	assert.equal(JSON.parse(readFileSync(path.join(cwd, '.nimbus/state.json'))).batch_id, first.batch_id);
});

test('`all` sends everything, and so does another tier', async t => {
	const {push, sent} = await setUp(t);
	await push();
	await push({all: true});
	await push({tier: 'full'});

	assert.equal(sent(), 6);
});

test('pages that failed, or whose batch was cancelled, are sent again', async t => {
	const {server, push} = await setUp(t);
	server.statuses = ['completed'];
	await push();
	[server.failed] = [[[...server.pages.keys()][0]]];

	assert.deepEqual([(await push()).accepted, server.batches.at(-1).pages], [1, 1]);
	server.failed = [];
	server.batches.at(-1).cancelled = true;
	assert.equal((await push()).accepted, 1);
});

test('a push that the server stopped goes on with the same batch and sends no page twice', async t => {
	const {server, push, sent} = await setUp(t, many);
	const refuse = Array.from({length: 8}, () => answer('/pages', 503, {code: 'unavailable'}, {'retry-after': '0'}));
	// The first chunk arrives, the others are refused as often as they are tried.
	server.interrupts.push(Object.assign((request, response) => server.pass(request, response), {for: '/pages'}), ...refuse);
	await assert.rejects(push({parallel: 1}), {exit: 6});
	assert.equal(sent(), 200);

	const result = await push();

	assert.deepEqual([result.accepted, result.resumed, sent(), server.batches.length], [450, 200, 450, 1]);
	assert.equal(server.batches[0].submitted, true);
});

test('a push that was interrupted goes on, too', async t => {
	const {server, push, sent, cwd} = await setUp(t, many);
	const stop = new AbortController();
	server.onChunk = () => stop.abort();

	await assert.rejects(push({parallel: 1, signal: stop.signal}), {exit: 130, code: 'interrupted'});
	assert.ok(existsSync(path.join(cwd, '.nimbus/open.json')));
	server.onChunk = () => {};
	const result = await push();

	assert.deepEqual([result.accepted, sent(), server.batches.length], [450, 450, 1]);
	assert.ok(result.resumed >= 200);
	assert.ok(!existsSync(path.join(cwd, '.nimbus/open.json')));
});

test('Ctrl-C stops the command, and the same command goes on', async t => {
	const {server, cwd, sent} = await setUp(t, many);
	const env = {...process.env, NIMBUS_URL: server.url, NIMBUS_API_KEY: KEY};
	const push = async onStart => {
		const child = spawn(process.execPath, [fileURLToPath(new URL('../bin/nimbus.js', import.meta.url)), 'push', '--parallel', '1'], {cwd, env});
		onStart(child);
		const [[code], told] = await Promise.all([once(child, 'close'), text(child.stderr), child.stdout.resume()]);
		return {code, told};
	};

	const {code, told} = await push(child => {
		server.onChunk = () => child.kill('SIGINT');
	});
	server.onChunk = () => {};
	const again = await push(() => {});

	assert.deepEqual([code, told], [130, 'nimbus: Stopped. Run the same command again to go on.\n']);
	assert.deepEqual([again.code, sent(), server.batches.length, server.batches[0].submitted], [0, 450, 1, true]);
});

test('a batch whose making was cut off is not made twice', async t => {
	const {server, push} = await setUp(t);
	server.interrupts.push(...Array.from({length: 7}, () => Object.assign((request, response) => server.pass(request, response, {cut: true}), {for: '/batches'})));
	await assert.rejects(push(), {exit: 6});

	await push();

	assert.equal(server.batches.length, 1);
});

test('a submit that arrived before the push was killed is found', async t => {
	const {server, push, cwd} = await setUp(t);
	const {batch_id: id} = await push();
	const open = {scope: JSON.parse(readFileSync(path.join(cwd, '.nimbus/pushed.ndjson'), 'utf8').split('\n')[0]).scope, key: 'k', asked: {}, batch_id: id};
	writeFileSync(path.join(cwd, '.nimbus/open.json'), JSON.stringify(open));
	writeFileSync(path.join(cwd, '.nimbus/state.json'), '{}');

	await push();

	assert.equal(JSON.parse(readFileSync(path.join(cwd, '.nimbus/state.json'))).batch_id, id);
	assert.equal(server.batches.length, 1);
});

test('a half line that a killed push left is no line', async t => {
	const {push, cwd} = await setUp(t);
	await push();
	writeFileSync(path.join(cwd, '.nimbus/pushed.ndjson'), `${readFileSync(path.join(cwd, '.nimbus/pushed.ndjson'), 'utf8')}{"page":"page_`);

	assert.equal((await push()).unchanged, 2);
});

test('a page that is refused each time does not fail a push of an unchanged site', async t => {
	const {server, push} = await setUp(t);
	server.reject = page => (page.source_path === 'index.html' ? {code: 'no_text', message: 'It has no text.'} : undefined);
	await push();

	const result = await push();

	assert.deepEqual([result.accepted, result.unchanged, result.rejected.length], [0, 1, 1]);
	assert.equal(server.batches.at(-1).cancelled, true);
});

test('chunks travel side by side, as many as wanted', async t => {
	const {server, push} = await setUp(t, many);
	server.delay = 2000;
	await push({parallel: 3});
	const most = server.mostAtOnce;
	[server.delay, server.mostAtOnce] = [100, 0];
	await push({parallel: 1, all: true});

	assert.equal(server.mostAtOnce, 1);
	assert.ok(most > 1 && most <= 3, `${most} at once`);
});

test('a server that asks one chunk to wait is left alone by all', async t => {
	const {server, configOf} = await setUp(t, many);
	const config = Object.assign(configOf({parallel: 3}), {pause: undefined});
	let refusedAt;
	server.interrupts.push(Object.assign((request, response) => {
		refusedAt = Date.now();
		answer('/pages', 429, {code: 'rate_limited'}, {'retry-after': '2'})(request, response);
	}, {for: '/pages'}));

	const {accepted} = await uploadFolder(config);

	const later = server.requests.filter(({path: route, at}) => route.endsWith('/pages') && at > refusedAt + 100).map(({at}) => at - refusedAt);
	assert.equal(accepted, 450);
	assert.ok(later.length >= 1 && later.every(ms => ms >= 1900), `${later}`);
});

test('of two files with one address the later one wins', async t => {
	const {server, configOf} = await setUp(t);
	const upload = await new Upload(configOf()).start();
	for (const [form, title] of [['NFC', 'First'], ['NFD', 'Second']]) {
		await upload.add(`caf\u00e9.html`.normalize(form), Buffer.from(html(title)));
	}

	const {accepted} = await upload.finish();

	assert.deepEqual([accepted, [...server.pages.values()].map(page => page.extraction.head.title)], [2, ['Second']]);
	assert.equal(server.chunks.length, 2);
});

test('`only` chooses pages', async t => {
	const {server, push} = await setUp(t, {'index.html': html('Home'), 'blog/a.html': html('A'), 'blog/old/b.html': html('B'), 'shop/c.html': html('C')});

	const paths = async only => {
		server.pages.clear();
		await push({only, all: true});
		return [...server.pages.values()].map(page => page.source_path).sort();
	};

	assert.deepEqual(await paths('blog/**'), ['blog/a.html', 'blog/old/b.html']);
	assert.deepEqual(await paths('blog/*.html'), ['blog/a.html']);
	assert.deepEqual(await paths(['shop/', 'index.html']), ['index.html', 'shop/c.html']);
	assert.deepEqual(await paths('**/?.html'), ['blog/a.html', 'blog/old/b.html', 'shop/c.html']);
});

test('a server that wants a long wait is not waited for', async t => {
	const {server, push} = await setUp(t);
	server.interrupts.push(answer('/project', 429, {code: 'rate_limited', detail: 'Too many requests.'}, {'retry-after': '600'}));

	await assert.rejects(push(), {exit: 11, message: /Too many requests\. Come back in 600 s/});
});
