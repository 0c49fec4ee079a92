import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {pipeline} from 'node:stream/promises';
import {test} from 'node:test';
import gulp from 'gulp';
import nimbus from '../index.js';
import {HAS_GIT, makeCommand} from './support/command.js';
import {html} from './support/site.js';

const PAGES = {'index.html': html('Home'), 'about/index.html': html('About'), 'about.html': html('Old'), 'blog/a.html': html('A')};

/** A site whose texts are approved and locked, built anew afterwards; `offline` runs a command without key and server. */
async function lockedSite(t, pages = PAGES) {
	const {server, cwd, run, env} = await makeCommand(t, pages);
	const file = name => path.join(cwd, name);
	cpSync(file('dist'), file('built'), {recursive: true});
	const build = () => {
		rmSync(file('dist'), {recursive: true});
		cpSync(file('built'), file('dist'), {recursive: true});
	};
	await run(['push']);
	await run(['pull']);
	const offline = args => run(args, {env: {NIMBUS_URL: 'http://127.0.0.1:9'}});
	const read = name => readFileSync(file(name), 'utf8');
	const write = (name, text) => writeFileSync(file(name), text);
	return {server, cwd, env, run, offline, build, file, read, write, lines: () => read('nimbus.lock').trimEnd().split('\n')};
}

const bytesOf = ({read}) => Object.keys(PAGES).map(name => read(`dist/${name}`));
const drifts = ({out}) => JSON.parse(out[0]).error.drift.map(({source_path: name, drift}) => `${drift} ${name}`);

test('the lock has one line a page, sorted, and nothing that changes by itself', async t => {
	const site = await lockedSite(t);

	const [first, ...pages] = site.lines();
	await site.run(['apply']);
	await site.run(['pull']);

	assert.deepEqual(JSON.parse(first), {nimbus_lock: 1});
	assert.deepEqual(pages.map(line => JSON.parse(line).path), ['about.html', 'about/index.html', 'blog/a.html', 'index.html']);
	assert.deepEqual(JSON.parse(pages[3]).texts.head, {metaDescription: 'About Home (better)', title: 'Home (better)'});
	assert.deepEqual(site.lines(), [first, ...pages]);
});

test('a frozen build needs no key and no network and gives identical bytes', async t => {
	const site = await lockedSite(t);
	await site.run(['apply']);
	const online = bytesOf(site);
	site.build();
	rmSync(site.file('.nimbus'), {recursive: true});
	const asked = site.server.requests.length;

	const {code, out} = await site.offline(['apply', '--frozen']);

	assert.equal(code, 0);
	assert.equal(out[0], '4 of 4 pages changed · 12 approved texts in place, from nimbus.lock');
	assert.deepEqual(bytesOf(site), online);
	assert.equal(site.server.requests.length, asked);
});

test('a frozen build over applied pages changes nothing, and can be undone', async t => {
	const site = await lockedSite(t);
	await site.offline(['apply', '--frozen']);

	assert.match((await site.offline(['apply', '--frozen'])).out[0], /^0 of 4 pages changed · 12/);
	assert.equal((await site.offline(['undo'])).out[0], '4 pages restored');
	assert.equal(site.read('dist/index.html'), PAGES['index.html']);
});

test('drift is listed, exits with 9 and writes nothing', async t => {
	const site = await lockedSite(t);
	site.write('dist/index.html', html('Home', 'New text.'));
	site.write('dist/new.html', html('New'));
	rmSync(site.file('dist/about.html'));

	const told = await site.offline(['apply', '--frozen']);
	const found = await site.offline(['apply', '--frozen', '--json']);

	assert.deepEqual([told.code, found.code], [9, 9]);
	assert.deepEqual(drifts(found), ['changed index.html', 'new new.html', 'removed about.html']);
	assert.match(told.err[0], /^nimbus: 3 pages do not fit nimbus\.lock:\n {2}changed {3}index\.html\n {2}new {7}new\.html\n {2}removed {3}about\.html\nPush the build/);
	assert.equal(site.read('dist/blog/a.html'), PAGES['blog/a.html']);
});

test('bytes that are no text are no drift', async t => {
	const site = await lockedSite(t);
	site.write('dist/index.html', PAGES['index.html'].replace('a.png', 'a.9f3c.png'));

	assert.equal((await site.offline(['apply', '--frozen'])).code, 0);
	assert.match(site.read('dist/index.html'), /Home \(better\)[^]*a\.9f3c\.png/);
});

test('`--only` asks for these pages alone', async t => {
	const site = await lockedSite(t);
	site.write('dist/index.html', html('Home', 'New text.'));

	assert.equal((await site.offline(['apply', '--frozen', '--only', 'blog/**'])).code, 0);
	assert.deepEqual(drifts(await site.offline(['apply', '--frozen', '--json', '--only', '*.html'])), ['changed index.html']);
});

test('`pull --frozen` fails where the server has other texts than the lock', async t => {
	const site = await lockedSite(t);
	assert.equal((await site.run(['pull', '--frozen'])).code, 0);
	const pages = [...site.server.pages.values()];
	pages.find(page => page.source_path === 'index.html').extraction.head.title = 'Other';
	site.server.pages.delete(pages.find(page => page.source_path === 'about.html').page_id);
	const before = site.read('nimbus.lock');

	const found = await site.run(['pull', '--frozen', '--json']);

	assert.equal(found.code, 9);
	assert.deepEqual(drifts(found), ['withdrawn about.html', 'outdated index.html']);
	assert.equal(site.read('nimbus.lock'), before);
});

test('pages of the lock that the build has no more are left out of the next one, those that were not looked at stay', async t => {
	const site = await lockedSite(t);
	rmSync(site.file('dist/about.html'));

	await site.run(['apply', '--only', 'blog/**']);

	assert.deepEqual(site.lines().slice(1).map(line => JSON.parse(line).path), ['about/index.html', 'blog/a.html', 'index.html']);
});

for (const [what, damage] of [
	['marks of a merge', lines => [lines[0], '<<<<<<< ours', ...lines.slice(1)]],
	['a text that was changed by hand', lines => lines.map(line => line.replace('Home (better)', 'Home (worse)'))],
	['a page twice', lines => [...lines, lines[1]]],
	['another version', lines => ['{"nimbus_lock":2}', ...lines.slice(1)]],
	['no file at all', () => undefined],
]) {
	test(`a lock with ${what} is refused, and pull mends it`, async t => {
		const site = await lockedSite(t);
		const good = site.read('nimbus.lock');
		const bad = damage(site.lines());
		if (bad) {
			site.write('nimbus.lock', `${bad.join('\n')}\n`);
		} else {
			rmSync(site.file('nimbus.lock'));
		}

		const {code, err} = await site.offline(['apply', '--frozen']);

		assert.equal(code, 9);
		assert.match(err[0], /nimbus\.lock cannot be used: .+`npx nimbus pull` writes it anew\./);
		await site.run(['pull']);
		assert.equal(site.read('nimbus.lock'), good);
	});
}

test('two branches that change different pages merge without a conflict', {skip: !HAS_GIT && 'there is no git here'}, async t => {
	const site = await lockedSite(t);
	const git = (...args) => execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@a.test', ...args], {cwd: site.cwd, encoding: 'utf8'});
	const approve = async (name, branch) => {
		git('checkout', '-q', '-b', branch, 'main');
		const page = [...site.server.pages.values()].find(each => each.source_path === name);
		const block = [...page.extraction.above_fold_blocks, ...page.extraction.rest_of_page_blocks].find(({type}) => type === 'p');
		const {content} = block;
		block.content = `${content} ${branch}`;
		await site.run(['pull']);
		git('commit', '-qam', branch);
		block.content = content;
	};
	git('init', '-q', '-b', 'main');
	git('add', 'nimbus.lock');
	git('commit', '-qm', 'Lock');

	await approve('about.html', 'one');
	await approve('index.html', 'two');
	git('merge', '-q', 'one', '-m', 'Merge');

	assert.equal((await site.offline(['apply', '--frozen'])).code, 0);
	assert.match(site.read('dist/index.html'), /of this page\. two/);
	assert.match(site.read('dist/about.html'), /of this page\. one/);
});

test('no lock is written where it is not wanted, in a dry run, or through a link', async t => {
	const {run, cwd} = await makeCommand(t);
	const file = name => path.join(cwd, name);
	await run(['push']);
	await run(['apply', '--dry-run']);
	writeFileSync(file('nimbus.config.json'), '{"lock": false}');
	await run(['apply']);
	assert.ok(!existsSync(file('nimbus.lock')));

	writeFileSync(file('nimbus.config.json'), '{}');
	mkdirSync(file('elsewhere'));
	writeFileSync(file('elsewhere/lock'), '{"nimbus_lock":1}\n');
	symlinkSync(file('elsewhere/lock'), file('nimbus.lock'));
	await run(['apply']);

	assert.equal(readFileSync(file('elsewhere/lock'), 'utf8'), '{"nimbus_lock":1}\n');
	assert.match(readFileSync(file('nimbus.lock'), 'utf8'), /Home \(better\)/);
});

test('gulp builds frozen, too, and fails on drift', async t => {
	const site = await lockedSite(t);
	const apply = () => {
		const out = gulp.dest('out', {cwd: site.cwd, encoding: false});
		out.resume();
		return pipeline(gulp.src('dist/**/*.html', {cwd: site.cwd, encoding: false}), nimbus.apply({cwd: site.cwd, frozen: true, log: () => {}}), out);
	};
	await apply();
	assert.match(site.read('out/index.html'), /Home \(better\)/);

	site.write('dist/index.html', html('Home', 'New text.'));

	await assert.rejects(apply(), {plugin: 'gulp-nimbus', code: 'drift', message: /changed {3}index\.html/});
});
