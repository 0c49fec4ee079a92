/**
 * Each recipe as a customer would have it: its generator from the npm registry, this package as `npm pack` makes it, a real build.
 * Slow, so beside `npm test`: npm run test:recipes
 */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {cpSync, mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {KEY} from '../test/support/server.js';
import {makeServer} from '../test/support/site.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const NPM = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
// Where a recipe that has no pages of its own expects them.
const SOURCES = {folder: 'public', gulp: 'src'};
const run = promisify(execFile);
let tarball;

before(async () => {
	const folder = mkdtempSync(path.join(tmpdir(), 'nimbus-pack-'));
	const {stdout} = await run('npm', ['pack', '--json', '--pack-destination', folder], {cwd: PACKAGE});
	tarball = path.join(folder, JSON.parse(stdout)[0].filename);
});

/** The PATH of a Node that is new enough: our own, or one out of the registry. */
async function pathOf(wanted) {
	const {PATH} = process.env;
	if (Number.parseFloat(process.versions.node) >= wanted) {
		return PATH;
	}
	const {stdout} = await run('npx', ['--yes', '--package=node@24', '--', 'node', '-p', 'process.execPath']);
	return `${path.dirname(stdout.trim())}${path.delimiter}${PATH}`;
}

/** A recipe with everything installed. */
async function install(t, name, {node = 20} = {}) {
	const {server} = await makeServer(t);
	const cwd = mkdtempSync(path.join(tmpdir(), `nimbus-recipe-${name}-`));
	t.after(() => rmSync(cwd, {recursive: true, force: true}));
	cpSync(path.join(PACKAGE, 'recipes', name), cwd, {recursive: true});
	if (SOURCES[name]) {
		cpSync(path.join(PACKAGE, 'recipes/site'), path.join(cwd, SOURCES[name]), {recursive: true});
	}
	const env = {...process.env, PATH: await pathOf(node), NIMBUS_API_KEY: KEY, NIMBUS_URL: server.url, ASTRO_TELEMETRY_DISABLED: '1', CI: '1'};
	const call = async (command, args, more = {}) => (await run(command, args, {cwd, env: {...env, ...more}})).stdout;
	await call('npm', ['install', '--save-dev', ...NPM, tarball]);
	return {server, cwd, call, nimbus: (args, more) => call('npx', ['nimbus', ...args], more)};
}

const filesOf = folder => Object.fromEntries(readdirSync(folder, {recursive: true, withFileTypes: true}).filter(entry => entry.isFile())
	.map(entry => path.join(entry.parentPath ?? entry.path, entry.name)).sort().map(file => [path.relative(folder, file), readFileSync(file)]));
const plain = bytes => bytes.toString().replaceAll(' (better)', '');

for (const [name, out, node] of [['folder', 'dist'], ['gulp', 'dist'], ['eleventy', '_site'], ['astro', 'dist', 22.12]]) {
	test(`${name}: a real build is pushed, applied, and built again frozen and offline to the same bytes`, {timeout: 300_000}, async t => {
		const {server, cwd, call, nimbus} = await install(t, name, {node});
		const folder = path.join(cwd, out);
		await nimbus(['init']);
		await call('npm', ['run', 'build']);
		const built = filesOf(folder);

		await nimbus(['push', out]);
		await nimbus(['apply', out]);
		const applied = filesOf(folder);

		assert.equal(server.pages.size, 2);
		for (const [file, bytes] of Object.entries(built)) {
			assert.equal(applied[file].equals(bytes), !file.endsWith('.html'), file);
			assert.equal(plain(applied[file]), plain(bytes), file);
		}
		rmSync(folder, {recursive: true});
		await call('npm', ['run', 'build']);
		await nimbus(['apply', out, '--frozen'], {NIMBUS_API_KEY: '', NIMBUS_URL: 'http://127.0.0.1:9'});
		assert.deepEqual(filesOf(folder), applied);
	});
}

test('gulp: the tasks of the recipe do the same', {timeout: 300_000}, async t => {
	const {cwd, call} = await install(t, 'gulp');

	await call('npx', ['gulp', 'push']);
	await call('npx', ['gulp', 'apply']);
	const applied = filesOf(path.join(cwd, 'dist'));
	rmSync(path.join(cwd, 'dist'), {recursive: true});
	await call('npx', ['gulp', 'publish'], {NIMBUS_API_KEY: '', NIMBUS_URL: 'http://127.0.0.1:9'});

	assert.match(applied['index.html'].toString(), /Repairs by Post \(better\)/);
	assert.deepEqual(filesOf(path.join(cwd, 'dist')), applied);
});
