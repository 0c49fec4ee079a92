/**
 * The memory that `nimbus push` and `nimbus apply` take on the customer's machine: 10,000 pages of 27 kB beside 1,000.
 *
 *     node bench/client.js [--pages 10000] [--few 1000]
 *
 * The last line is one JSON object; `client_rss_mb` is the highest peak, `client_memory_ratio` the worst of many to few.
 */
import {execFile, fork} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs, promisify} from 'node:util';
import {writeSite} from './site.js';

const run = promisify(execFile);
const here = name => fileURLToPath(new URL(name, import.meta.url));
const COMMANDS = [['push'], ['apply'], ['apply', '--frozen']];

const {values} = parseArgs({options: {pages: {type: 'string', default: '10000'}, few: {type: 'string', default: '1000'}}});
const [many, few] = [Number(values.pages), Number(values.few)];

/** @returns {Promise<Record<string, {rss_mb: number, seconds: number}>>} by command */
async function measure(pages) {
	const cwd = mkdtempSync(path.join(tmpdir(), 'nimbus-client-bench-'));
	const server = fork(here('./server.js'));
	try {
		const [{port}] = await once(server, 'message');
		writeSite(path.join(cwd, 'dist'), pages);
		const measured = {};
		for (const args of COMMANDS) {
			if (args.includes('--frozen')) {
				await nimbus(['undo'], {cwd, port});
			}
			measured[args.join('_').replace('--', '')] = await nimbus(args, {cwd, port});
		}
		return measured;
	} finally {
		server.kill();
		await once(server, 'exit');
		rmSync(cwd, {recursive: true});
	}
}

async function nimbus(args, {cwd, port}) {
	const file = path.join(cwd, 'peak');
	const env = {...process.env, NIMBUS_URL: `http://127.0.0.1:${port}`, NIMBUS_API_KEY: 'nmb_test_bench', NIMBUS_PEAK_FILE: file};
	const begun = performance.now();
	const {stdout} = await run(process.execPath, ['--import', here('./peak.js'), here('../bin/nimbus.js'), ...args], {cwd, env});
	const seconds = (performance.now() - begun) / 1000;
	console.log(`${args.join(' ')}: ${stdout.trim()} · ${seconds.toFixed(1)} s · ${Number(readFileSync(file)).toFixed(0)} MB`);
	return {rss_mb: Math.round(Number(readFileSync(file))), seconds: Number(seconds.toFixed(1))};
}

const measured = {[few]: await measure(few), [many]: await measure(many)};
const names = Object.keys(measured[many]);
const ratios = names.map(name => measured[many][name].rss_mb / measured[few][name].rss_mb);
console.log(JSON.stringify({
	client_rss_mb: Math.max(...names.map(name => measured[many][name].rss_mb)),
	client_memory_ratio: Number(ratios.sort((a, b) => Math.abs(b - 1) - Math.abs(a - 1))[0].toFixed(2)),
	pages: measured,
	node: process.versions.node,
}));
