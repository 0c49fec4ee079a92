/** The CLI inside the test's own process. */
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {main} from '../../lib/cli.js';
import {KEY} from './server.js';
import {makeServer, makeSite} from './site.js';

export const HAS_GIT = spawnSync('git', ['--version']).status === 0;

/** A site, a server and a function that runs the CLI there. */
export async function makeCommand(t, pages) {
	const {server} = await makeServer(t);
	const cwd = makeSite(t, pages);
	const env = {NIMBUS_API_KEY: KEY, NIMBUS_URL: server.url};
	const run = async (args, more = {}) => {
		const [out, err] = [[], []];
		const code = await main(args, {cwd, env, ...more, out: line => out.push(line), err: line => err.push(line)});
		return {code, out, err};
	};
	return {server, cwd, env, run, read: name => readFileSync(path.join(cwd, 'dist', name), 'utf8')};
}
