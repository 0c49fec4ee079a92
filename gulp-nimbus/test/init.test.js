import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {PassThrough, Readable} from 'node:stream';
import {test} from 'node:test';
import {HAS_GIT, makeCommand} from './support/command.js';
import {KEY, PROJECT} from './support/server.js';

async function setUp(t) {
	const {server, cwd, run} = await makeCommand(t);
	const init = (args = [], more = {}) => run(['init', '--url', server.url, ...args], {env: {}, stdin: Readable.from([`${KEY}\n`]), stderr: new PassThrough(), ...more});
	const file = name => path.join(cwd, name);
	return {server, cwd, run, init, file, config: () => JSON.parse(readFileSync(file('nimbus.config.json')))};
}

test('a pasted key makes the configuration, and the next command needs nothing more', async t => {
	const {server, run, init, config, file} = await setUp(t);

	const {code, out} = await init();

	assert.equal(code, 0);
	assert.match(out[0], /^Example \(example\.com\) · nimbus\.config\.json written, folder dist/);
	assert.deepEqual(config(), {url: server.url, project: PROJECT.project_id, dir: 'dist'});
	assert.equal(statSync(file('.nimbus/key')).mode & 0o777, 0o600);
	assert.equal((await run(['push'], {env: {}})).code, 0);
});

test('git does not see the key', {skip: !HAS_GIT && 'there is no git here'}, async t => {
	const {cwd, init} = await setUp(t);
	await init();
	const git = (...args) => execFileSync('git', args, {cwd, encoding: 'utf8'});
	git('init', '--quiet');

	assert.deepEqual(git('status', '--porcelain', '--untracked-files=all').trim().split('\n').filter(line => !line.includes('dist/')), ['?? nimbus.config.json']);
});

test('the key is in no output and not in the configuration', async t => {
	const {init, file} = await setUp(t);
	const stderr = new PassThrough();

	const {out, err} = await init([], {stderr});

	assert.ok(!JSON.stringify([out, err, String(stderr.read())]).includes(KEY));
	assert.ok(!readFileSync(file('nimbus.config.json'), 'utf8').includes(KEY));
});

test('a key in the environment stays there', async t => {
	const {init, file} = await setUp(t);

	const {out} = await init([], {env: {NIMBUS_API_KEY: KEY}, stdin: undefined});

	assert.match(out[0], /stays in NIMBUS_API_KEY/);
	assert.ok(!existsSync(file('.nimbus/key')));
});

test('a key that the configuration exposes is moved', async t => {
	const {init, file, config} = await setUp(t);
	writeFileSync(file('nimbus.config.json'), JSON.stringify({key: KEY, tier: 'meta'}));

	await init([], {stdin: Readable.from(['\n'])});

	assert.equal(config().key, undefined);
	assert.equal(config().tier, 'meta');
	assert.equal(readFileSync(file('.nimbus/key'), 'utf8').trim(), KEY);
});

test('a wrong key writes nothing and exits with 3', async t => {
	const {init, file} = await setUp(t);

	const {code} = await init([], {stdin: Readable.from(['nmb_live_wrong\n'])});

	assert.equal(code, 3);
	assert.ok(!existsSync(file('nimbus.config.json')) && !existsSync(file('.nimbus')));
});

test('a dry run writes nothing', async t => {
	const {init, file} = await setUp(t);

	assert.match((await init(['--dry-run'])).out[0], /would be written/);
	assert.ok(!existsSync(file('nimbus.config.json')) && !existsSync(file('.nimbus')));
});

test('the folder of the generator is found, or the one that is named', async t => {
	const {init, config, file} = await setUp(t);
	execFileSync('mv', [file('dist'), file('_site')]);
	await init();
	assert.equal(config().dir, '_site');

	await init(['elsewhere']);
	assert.equal(config().dir, 'elsewhere');
});

test('without a key and nobody to ask it is said', async t => {
	const {init} = await setUp(t);

	const {code, err} = await init([], {stdin: undefined});

	assert.deepEqual([code, err[0].includes('NIMBUS_API_KEY')], [2, true]);
});

test('nothing is written through a link in the place of .nimbus', async t => {
	const {init, file} = await setUp(t);
	mkdirSync(file('elsewhere'));
	symlinkSync(file('elsewhere'), file('.nimbus'));

	const {code, err} = await init();

	assert.equal(code, 1);
	assert.match(err[0], /is a link or no folder/);
	assert.ok(!existsSync(file('elsewhere/key')));
});
