import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {renameSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {makeCommand} from './support/command.js';
import {KEY, answer} from './support/server.js';
import {html} from './support/site.js';

async function setUp(t) {
	const {run, ...more} = await makeCommand(t);
	return {...more, run: (...args) => run(args)};
}

test('the whole journey: push, wait, status, pull, apply, undo', async t => {
	const {run, read} = await setUp(t);

	for (const [args, line] of [
		[['push', 'dist'], /^2 of 2 pages uploaded · batch batch_\S+ · http/], [['wait'], / completed · 2 pages/], [['status'], / completed · 2 pages/],
		[['pull'], /^2 pages with approved text · .*results\.ndjson · nimbus\.lock holds 2 pages$/], [['apply'], /^2 of 2 pages changed · 6 approved texts in place$/],
	]) {
		const {code, out, err} = await run(...args);
		assert.deepEqual([code, err, out.length], [0, [], 1], args[0]);
		assert.match(out[0], line);
	}
	assert.match(read('index.html'), /Home \(better\)/);

	const undone = await run('undo');

	assert.deepEqual(undone, {code: 0, out: ['2 pages restored'], err: []});
	assert.equal(read('index.html'), html('Home'));
});

test('undo finds the folder that was applied to', async t => {
	const {run, cwd} = await setUp(t);
	renameSync(path.join(cwd, 'dist'), path.join(cwd, 'public'));
	await run('push', 'public');
	await run('apply', 'public');

	assert.deepEqual((await run('undo')).out, ['2 pages restored']);
});

test('--json prints one object', async t => {
	const {run} = await setUp(t);

	const {out} = await run('push', '--json', '--verbose');

	assert.equal(out.length, 1);
	assert.equal(JSON.parse(out[0]).accepted, 2);
});

test('--verbose prints one line a page', async t => {
	const {run} = await setUp(t);

	const {out} = await run('push', '--verbose');

	assert.deepEqual(out.slice(0, 2), ['about/index.html accepted', 'index.html accepted']);
	assert.equal(out.length, 3);
});

test('--json tells errors in JSON', async t => {
	const {run} = await setUp(t);

	const {code, out} = await run('wait', '--json');

	assert.equal(code, 2);
	assert.equal(JSON.parse(out[0]).error.code, 'usage');
});

test('wrong use exits with 2 and a sentence', async t => {
	const {run} = await setUp(t);

	for (const args of [[], ['fly'], ['push', 'a', 'b'], ['wait', 'dist'], ['push', '--nope'], ['wait', '--for', 'god'], ['wait', '--timeout', 'x'], ['push', 'no-such-folder'],
		['status', '--url', 'nowhere'], ['toString']]) {
		const {code, err} = await run(...args);
		assert.equal(code, 2, args.join(' '));
		assert.match(err[0], /^nimbus: .+\.$/, args.join(' '));
	}
});

test('--strict exits with 8 when something was left out', async t => {
	const {run, cwd} = await setUp(t);
	writeFileSync(path.join(cwd, 'dist/empty.html'), '');

	assert.equal((await run('push')).code, 0);
	assert.equal((await run('push', '--strict')).code, 8);
});

test('the configuration file counts, and a wrong one is named', async t => {
	const {run, cwd, server} = await setUp(t);
	writeFileSync(path.join(cwd, 'nimbus.config.json'), JSON.stringify({tier: 'meta', project: 'proj_0123456789ab'}));
	await run('push');
	assert.equal(server.batches[0].asked.tier, 'meta');

	writeFileSync(path.join(cwd, 'nimbus.config.json'), '{"teir": "meta"}');
	assert.match((await run('push')).err[0], /no option `teir`/);
	writeFileSync(path.join(cwd, 'nimbus.config.json'), '{');
	assert.match((await run('push')).err[0], /nimbus\.config\.json is no JSON/);
});

test('a key of the whole organization needs the project', async t => {
	const {run, server} = await setUp(t);
	server.project = null;

	assert.equal((await run('push')).code, 2);
	assert.equal((await run('push', '--project', 'proj_0123456789ab')).code, 0);
});

test('the key is in no output, whatever fails', async t => {
	const {run, server} = await setUp(t);
	server.interrupts.push(answer(undefined, 500, {}), answer(undefined, 401, {code: 'not_authenticated', detail: 'Unknown key.'}));

	const {out, err} = await run('push', '--verbose');

	assert.ok(!JSON.stringify([out, err]).includes(KEY));
});

test('a page instead of JSON is explained', async t => {
	const {run, server} = await setUp(t);
	server.interrupts.push((request, response) => response.end('<html>'));

	const {code, err} = await run('status', '--batch', 'batch_1');

	assert.equal(code, 1);
	assert.match(err[0], /Is `url` the address of Nimbus\?/);
});

test('the installed command runs', async t => {
	const {cwd, env} = await setUp(t);
	const bin = new URL('../bin/nimbus.js', import.meta.url).pathname;

	const {stdout} = await promisify(execFile)(process.execPath, [...process.execArgv, bin, 'push'], {cwd, env: {...process.env, ...env}});

	assert.match(stdout, /^2 of 2 pages uploaded/);
});
