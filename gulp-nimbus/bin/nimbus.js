#!/usr/bin/env node
import {readFileSync} from 'node:fs';
import {main} from '../lib/cli.js';

const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url)));
const stop = new AbortController();
// The first Ctrl-C ends in order, a second one at once.
for (const name of ['SIGINT', 'SIGTERM']) {
	process.once(name, () => stop.abort());
}
const {stdin, stderr, stdout} = process;
process.exitCode = await main(process.argv.slice(2), {version, stdin, stderr, isTerminal: Boolean(stdout.isTTY), signal: stop.signal});
