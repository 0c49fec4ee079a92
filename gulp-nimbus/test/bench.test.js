import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {makeTidy} from '../lib/tidy.js';

test('the benchmark of the memory runs, and its last line is what the others read', async () => {
	const {stdout} = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('../bench/client.js', import.meta.url)), '--pages', '20', '--few', '10']);

	const {client_rss_mb: peak, client_memory_ratio: ratio, pages} = JSON.parse(stdout.trim().split('\n').at(-1));
	assert.ok(peak > 30 && peak < 250 && ratio > 0.5 && ratio < 2, `${peak} MB, ${ratio}`);
	assert.deepEqual(Object.keys(pages[20]), ['push', 'apply', 'apply_frozen']);
});

test('garbage is collected every fifty pages', async () => {
	const tidy = makeTidy();
	const garbage = new WeakRef({});
	for (let page = 1; page < 50; page++) {
		tidy();
	}
	// A weak reference that was just made lives until the next turn.
	await new Promise(resolve => setTimeout(resolve));

	tidy();

	assert.equal(garbage.deref(), undefined);
});
