import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {KEY} from './support/server.js';
import {makeServer, makeSite} from './support/site.js';

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
let packed;
let tarball;

before(async () => {
	const folder = mkdtempSync(path.join(tmpdir(), 'nimbus-pack-'));
	[packed] = JSON.parse((await run('npm', ['pack', '--json', '--pack-destination', folder], {cwd: PACKAGE})).stdout);
	tarball = path.join(folder, packed.filename);
});

test('the package holds what runs and nothing else', () => {
	const names = packed.files.map(file => file.path);

	assert.ok(['bin/nimbus.js', 'index.js', 'index.d.ts', 'lib/html/index.js', 'README.md', 'LICENSE', 'example/gulpfile.js'].every(name => names.includes(name)));
	assert.deepEqual(names.filter(name => /^(test|bench|recipes|node_modules)\//.test(name)), []);
});

test('it brings no dependency and runs nothing when it is installed', () => {
	const {dependencies, optionalDependencies, peerDependencies, scripts} = JSON.parse(readFileSync(path.join(PACKAGE, 'package.json')));

	assert.deepEqual([dependencies, optionalDependencies, peerDependencies], [undefined, undefined, undefined]);
	assert.deepEqual(Object.keys(scripts).filter(name => /install|prepare|prepublish/.test(name)), []);
});

test('installed into an empty project, it makes the journey offline from the registry', async t => {
	const {server} = await makeServer(t);
	const cwd = makeSite(t);
	writeFileSync(path.join(cwd, 'package.json'), '{"private": true, "type": "module"}');
	writeFileSync(path.join(cwd, 'site.js'), 'import nimbus, {apply} from \'gulp-nimbus\';\nconsole.log(apply === nimbus.apply);\n');
	const env = {...process.env, NIMBUS_API_KEY: KEY, NIMBUS_URL: server.url, CI: '1'};
	const call = async (command, ...args) => (await run(command, args, {cwd, env})).stdout;

	await call('npm', 'install', '--offline', '--no-audit', '--no-fund', tarball);

	assert.deepEqual(readdirSync(path.join(cwd, 'node_modules')).filter(name => !name.startsWith('.')), ['gulp-nimbus']);
	assert.equal(await call(process.execPath, 'site.js'), 'true\n');
	assert.match(await call('npx', 'nimbus', 'push'), /^2 of 2 pages uploaded/);
	assert.match(await call('npx', 'nimbus', 'apply'), /^2 of 2 pages changed/);
});
