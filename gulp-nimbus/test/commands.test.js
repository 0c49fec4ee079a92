import assert from 'node:assert/strict';
import {chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {openBrowser, opener} from '../lib/browser.js';
import {EXIT, MEANINGS} from '../lib/errors.js';
import {HELP} from '../lib/help.js';
import {Progress} from '../lib/progress.js';
import {makeCommand} from './support/command.js';
import {KEY, answer} from './support/server.js';

const checksOf = ({out}) => Object.fromEntries(JSON.parse(out[0]).checks.map(({name, status}) => [name, status]));

test('the doctor finds a healthy folder healthy', async t => {
	const {run, server, cwd} = await makeCommand(t);
	writeFileSync(path.join(cwd, 'nimbus.config.json'), JSON.stringify({url: server.url}));

	const found = await run(['doctor', '--json']);

	assert.equal(found.code, 0);
	assert.deepEqual(checksOf(found), {node: 'ok', config: 'ok', proxy: 'ok', key: 'ok', server: 'ok', clock: 'ok', folder: 'ok', writing: 'ok'});
	assert.match((await run(['doctor'])).out[0], /^ok {3}node/);
});

for (const [what, check, exit, break_] of [
	['a missing key', 'key', 2, ({env}) => delete env.NIMBUS_API_KEY],
	['a wrong key', 'server', 3, ({env}) => Object.assign(env, {NIMBUS_API_KEY: `nmb_live_${'x'.repeat(38)}`})],
	['a server that is not there', 'server', 6, ({env}) => Object.assign(env, {NIMBUS_URL: 'http://127.0.0.1:9'})],
	['a missing folder', 'folder', 2, ({cwd}) => rmSync(path.join(cwd, 'dist'), {recursive: true})],
	['an empty folder', 'folder', 2, ({cwd}) => {
		rmSync(path.join(cwd, 'dist'), {recursive: true});
		mkdirSync(path.join(cwd, 'dist'));
	}],
]) {
	test(`the doctor finds ${what}`, async t => {
		const given = await makeCommand(t);
		break_(given);

		const found = await given.run(['doctor', '--json']);

		assert.equal(checksOf(found)[check], 'fail');
		assert.equal(found.code, exit);
		assert.ok(!JSON.stringify(found).includes(KEY));
	});
}

test('the doctor finds a folder that cannot be written', {skip: process.getuid?.() === 0 && 'root may write everywhere'}, async t => {
	const {run, cwd} = await makeCommand(t);
	chmodSync(path.join(cwd, 'dist'), 0o555);

	assert.equal(checksOf(await run(['doctor', '--json'])).writing, 'fail');
});

test('the doctor finds a key in the configuration and a clock that is off', async t => {
	const {run, cwd, server} = await makeCommand(t);
	writeFileSync(path.join(cwd, 'nimbus.config.json'), JSON.stringify({key: KEY}));
	server.interrupts.push(answer('/project', 200, {project: server.project}, {date: 'Wed, 01 Jan 2020 00:00:00 GMT'}));

	const checks = checksOf(await run(['doctor', '--json']));

	assert.deepEqual([checks.config, checks.clock], ['warn', 'warn']);
});

test('the review is printed where there is no browser', async t => {
	const {run, server} = await makeCommand(t);
	await run(['push']);

	const {code, out} = await run(['review'], {isTerminal: false});

	assert.equal(code, 0);
	assert.equal(out[0], `0 of 3 changes wait for review · ${server.url}/batches/${server.batches[0].id}/review`);
});

test('the review opens in the browser of the person who sits there', async t => {
	const {run, cwd, env} = await makeCommand(t);
	await run(['push']);
	writeFileSync(path.join(cwd, 'browser'), '#!/bin/sh\necho "$1" > "$(dirname "$0")/opened"\n', {mode: 0o755});

	const {out} = await run(['review', '--json'], {isTerminal: true, env: {...env, BROWSER: path.join(cwd, 'browser')}});

	assert.equal(JSON.parse(out[0]).opened, true);
	for (let tries = 0; tries < 100; tries++) {
		await new Promise(resolve => setTimeout(resolve, 50));
		try {
			assert.equal(readFileSync(path.join(cwd, 'opened'), 'utf8').trim(), JSON.parse(out[0]).url);
			return;
		} catch (error) {
			assert.equal(error.code, 'ENOENT');
		}
	}
	assert.fail('no browser was opened');
});

test('a browser is opened where somebody can see it, and for addresses of the web alone', async () => {
	const open = (platform, environment) => opener('https://x.test/', {platform, environment})?.command;

	assert.equal(open('darwin', {}), 'open');
	assert.equal(open('win32', {}), 'rundll32');
	assert.equal(open('linux', {DISPLAY: ':0'}), 'xdg-open');
	assert.equal(open('linux', {}), undefined);
	assert.equal(open('darwin', {CI: 'true'}), undefined);
	assert.equal(open('darwin', {SSH_CONNECTION: '1'}), undefined);
	await assert.rejects(openBrowser('file:///etc/passwd'), {code: 'bad_answer'});
	await assert.rejects(openBrowser('https://x.test/ --flag'), {code: 'bad_answer'});
});

test('an estimate uploads, asks for the price and leaves the batch to push', async t => {
	const {run, server} = await makeCommand(t);
	server.estimate = {lane: 'live', live_usd: 0.5, economy_usd: 0.25, low_usd: 0.3, likely_usd: 0.5, high_usd: 1, left_usd: 3, cap: 'project', fits: true};

	const {code, out} = await run(['estimate']);
	await run(['push']);

	assert.equal(code, 0);
	assert.match(out[0], /^2 of 2 pages · about \$0\.50 \(\$0\.30 to \$1\.00; economy \$0\.25\) · \$3\.00 left under the project's cap · batch batch_\S+ waits for `nimbus push`$/);
	assert.deepEqual(server.batches.map(batch => [batch.pages, batch.submitted]), [[2, true]]);
});

test('an estimate that does not fit the cap has the code of the budget', async t => {
	const {run, server} = await makeCommand(t);
	server.estimate = {lane: 'economy', live_usd: 4, economy_usd: 2, low_usd: 1, likely_usd: 2, high_usd: 3, left_usd: 1, cap: 'org', fits: false};

	const {code, out} = await run(['estimate']);

	assert.equal(code, EXIT.budget);
	assert.match(out[0], /; live \$4\.00\).+which is not enough/);
});

test('a server without estimates is named', async t => {
	const {run} = await makeCommand(t);

	const {code, err} = await run(['estimate']);

	assert.deepEqual([code, err], [1, ['nimbus: This Nimbus makes no estimates. Its administrator can update it.']]);
});

test('options of another command are wrong use', async t => {
	const {run} = await makeCommand(t);

	for (const args of [['push', '--frozen'], ['wait', '--only', 'x'], ['pull', '--all'], ['apply', '--for', 'review'], ['push', '--parallel', '0'], ['push', '--ca', 'missing.pem']]) {
		assert.equal((await run(args)).code, 2, args.join(' '));
	}
});

test('the status exits as a wait would, where it is asked to', async t => {
	const {run, server} = await makeCommand(t);
	server.statuses = ['processing'];
	await run(['push']);
	assert.deepEqual([(await run(['status'])).code, (await run(['status', '--for', 'results'])).code], [0, EXIT.timeout]);

	server.statuses = ['completed'];
	server.reviewPending = [3];
	assert.deepEqual([(await run(['status', '--for', 'results'])).code, (await run(['status', '--for', 'review'])).code], [0, EXIT.reviewPending]);
});

test('a batch that waits for money is not waited for', async t => {
	const {run, server} = await makeCommand(t);
	[server.statuses, server.pauseReason] = [['paused'], 'budget'];
	await run(['push']);

	const {code, err} = await run(['wait']);

	assert.equal(code, EXIT.budget);
	assert.match(err[0], /the budget is used up/);
});

test('too many requests have a code of their own', async t => {
	const {run, server} = await makeCommand(t);
	server.interrupts.push(...Array.from({length: 7}, () => answer('/project', 429, {code: 'rate_limited', detail: 'Too many requests.'}, {'retry-after': '0'})));

	assert.equal((await run(['push'])).code, EXIT.rateLimited);
});

test('Ctrl-C ends a wait with its own code', async t => {
	const {run, server} = await makeCommand(t);
	server.statuses = ['processing'];
	await run(['push']);
	const stop = new AbortController();
	setTimeout(() => stop.abort(), 200);

	assert.equal((await run(['wait'], {signal: stop.signal})).code, EXIT.interrupted);
});

test('every exit code is in the help and in the docs', () => {
	const docs = ['../README.md', '../../docs/plugin.md'].map(name => readFileSync(new URL(name, import.meta.url), 'utf8'));

	assert.deepEqual(MEANINGS.map(([code]) => code), Object.values(EXIT));
	for (const [code, meaning] of MEANINGS) {
		assert.match(HELP, new RegExp(`^ +${code}  `, 'm'));
		for (const text of docs) {
			assert.ok(text.includes(`| ${code} | ${meaning.replace('--strict', '`--strict`').replace('--frozen', '`--frozen`')} |`), `${code} ${meaning}`);
		}
	}
});

test('the URL that the last push went to is kept', async t => {
	const {run, env, server} = await makeCommand(t);
	await run(['push']);

	assert.equal((await run(['status'], {env: {NIMBUS_API_KEY: env.NIMBUS_API_KEY}})).code, 0);
	assert.equal(server.requests.at(-1).path, `/api/v1/batches/${server.batches[0].id}`);
});

test('progress is a bar in a terminal and a line now and then in CI', () => {
	const written = {true: '', false: ''};
	for (const isTerminal of [true, false]) {
		let clock = 0;
		const write = text => {
			written[isTerminal] += text;
		};
		const progress = new Progress({write, isTerminal, now: () => clock});
		progress.begin('Uploading', 40_000);
		for (let page = 0; page < 20_000; page++) {
			clock += 1;
			progress.step();
		}
		progress.end();
	}

	assert.match(written.true, /\rUploading|\r\u001b\[KUploading █+░+ 19,900 of 40,000 pages/);
	assert.ok(written.true.endsWith('\r\u001b[K'));
	assert.equal(written.false, 'Uploading 10,000 of 40,000 pages\nUploading 20,000 of 40,000 pages\n');
});
