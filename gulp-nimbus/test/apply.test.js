import assert from 'node:assert/strict';
import {mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {applyFolder} from '../lib/apply-site.js';
import {readConfig} from '../lib/config.js';
import {insidePath} from '../lib/files.js';
import {sha256} from '../lib/manifest.js';
import {undoFolder} from '../lib/undo.js';
import {uploadFolder} from '../lib/upload.js';
import {PROJECT, answer, cutOff} from './support/server.js';
import {html, makeServer, makeSite} from './support/site.js';

/** A site whose pages all have an approved result. */
async function reviewedSite(t, pages) {
	const {server, options} = await makeServer(t);
	const cwd = makeSite(t, pages);
	const config = readConfig({...options, cwd}, {});
	await uploadFolder(config);
	const file = name => path.join(cwd, 'dist', name);
	return {server, config, cwd, file, read: name => readFileSync(file(name))};
}

/** What `html()` makes, with every text approved by the test server. */
const better = (title, text = 'Some text of this page.') => html(title, `${text} (better)`)
	.replace(`<title>${title}`, `<title>${title} (better)`).replace(`"About ${title}"`, `"About ${title} (better)"`);

const manifestOf = cwd => JSON.parse(readFileSync(path.join(cwd, '.nimbus/manifest.json')));

test('approved texts are written and no other byte changes', async t => {
	const {config, read} = await reviewedSite(t);

	const result = await applyFolder(config);

	assert.equal(read('index.html').toString(), better('Home'));
	assert.equal(read('about/index.html').toString(), better('About'));
	assert.deepEqual({pages: result.pages, changed: result.changed, texts: result.texts, skipped: result.skipped}, {pages: 2, changed: 2, texts: 6, skipped: []});
});

test('what was done is in the manifest and told to the server', async t => {
	const {config, cwd, server} = await reviewedSite(t, {'index.html': html('Home')});

	await applyFolder(config);

	const {dir, pages} = manifestOf(cwd);
	assert.equal(dir, 'dist');
	assert.equal(pages['index.html'].before_hash, sha256(Buffer.from(html('Home'))));
	assert.equal(pages['index.html'].after_hash, sha256(Buffer.from(better('Home'))));
	assert.equal(pages['index.html'].applied.length, 3);
	const {page_id: pageId, before_hash: before, after_hash: after, applied, skipped} = pages['index.html'];
	assert.deepEqual(server.applied, [{pages: [{page_id: pageId, before_hash: before, after_hash: after, applied, skipped}]}]);
});

test('twice applied is once applied', async t => {
	const {config, read, cwd} = await reviewedSite(t);
	await applyFolder(config);
	const [once, manifest] = [read('index.html'), manifestOf(cwd)];

	const result = await applyFolder(config);

	assert.deepEqual([result.changed, result.texts], [0, 6]);
	assert.deepEqual(read('index.html'), once);
	assert.deepEqual(manifestOf(cwd), manifest);
});

test('texts that were taken back leave an applied page', async t => {
	const {config, server, read} = await reviewedSite(t);
	await applyFolder(config);
	server.pages.clear();

	const result = await applyFolder(config);

	assert.equal(read('index.html').toString(), html('Home'));
	assert.equal(result.without_result, 2);
});

test('an applied page is uploaded as it was built', async t => {
	const {config, server} = await reviewedSite(t, {'index.html': html('Home')});
	await applyFolder(config);

	await uploadFolder(config);

	assert.equal([...server.pages.values()][0].extraction.head.title, 'Home');
});

test('a later build with one changed page keeps the approved text of the others', async t => {
	const {config, read, file, server} = await reviewedSite(t);
	await applyFolder(config);
	const about = read('about/index.html');
	writeFileSync(file('index.html'), html('Home', 'New text.'));
	writeFileSync(file('about/index.html'), html('About'));

	const result = await applyFolder(config);

	assert.deepEqual(read('about/index.html'), about);
	assert.equal(read('index.html').toString(), better('Home').replace('Some text of this page. (better)', 'New text.'));
	assert.deepEqual(result.skipped.map(({source_path: name, reason}) => [name, reason]), [['index.html', 'stale']]);
	assert.equal(server.applied.at(-1).pages.length, 2);
});

test('a head text that was changed since is stale', async t => {
	const {config, file, read} = await reviewedSite(t, {'index.html': html('Home')});
	writeFileSync(file('index.html'), html('Home').replace('<title>Home', '<title>Welcome'));

	const result = await applyFolder(config);

	assert.match(read('index.html').toString(), /<title>Welcome<\/title>/);
	assert.deepEqual(result.skipped, [{source_path: 'index.html', target: 'title', reason: 'stale'}]);
});

test('a head text that says the approved text already is not stale', async t => {
	const {config, file} = await reviewedSite(t, {'index.html': html('Home')});
	writeFileSync(file('index.html'), html('Home').replace('<title>Home', '<title>Home (better)'));

	const result = await applyFolder(config);

	assert.deepEqual(result.skipped, []);
});

test('a page that became no page is listed and the rest goes on', async t => {
	const {config, file, read} = await reviewedSite(t);
	writeFileSync(file('index.html'), '');

	const result = await applyFolder(config);

	assert.equal(result.skipped[0].target, 'page');
	assert.equal(read('about/index.html').toString(), better('About'));
});

test('undo gives the exact bytes back', async t => {
	const {config, read, cwd} = await reviewedSite(t);
	await applyFolder(config);

	const result = await undoFolder(config);

	assert.deepEqual(result, {restored: 2, skipped: []});
	assert.equal(read('index.html').toString(), html('Home'));
	assert.deepEqual(readdirSync(path.join(cwd, '.nimbus/originals')), []);
});

test('a run that was killed can be undone', async t => {
	const {config, read, cwd} = await reviewedSite(t);
	await applyFolder(config);
	const journal = Object.entries(manifestOf(cwd).pages).map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)},\n`).join('');
	rmSync(path.join(cwd, '.nimbus/manifest.json'));
	writeFileSync(path.join(cwd, '.nimbus/journal.ndjson'), `${journal}{"half a li`);

	const result = await undoFolder(config);

	assert.equal(result.restored, 2);
	assert.equal(read('index.html').toString(), html('Home'));
});

test('a file that a killed run had not reached still counts as applied', async t => {
	const {config, read, cwd} = await reviewedSite(t, {'index.html': html('Home')});
	await applyFolder(config);
	const entry = manifestOf(cwd).pages['index.html'];
	const next = {...entry, found_hash: entry.after_hash, after_hash: '0'.repeat(64)};
	writeFileSync(path.join(cwd, '.nimbus/journal.ndjson'), `"index.html":${JSON.stringify(next)},\n`);

	await applyFolder(config);
	await undoFolder(config);

	assert.equal(read('index.html').toString(), html('Home'));
});

test('undo leaves files alone that were changed since', async t => {
	const {config, file, read} = await reviewedSite(t, {'index.html': html('Home')});
	await applyFolder(config);
	writeFileSync(file('index.html'), html('Mine'));

	const result = await undoFolder(config);

	assert.deepEqual(result, {restored: 0, skipped: [{source_path: 'index.html', reason: 'the file was changed since'}]});
	assert.equal(read('index.html').toString(), html('Mine'));
});

test('undo never writes through a link or out of the folder', async t => {
	const {config, cwd, file} = await reviewedSite(t);
	await applyFolder(config);
	const applied = readFileSync(file('about/index.html'));
	renameSync(file('about'), path.join(cwd, 'elsewhere'));
	symlinkSync(path.join(cwd, 'elsewhere'), file('about'));
	const manifest = manifestOf(cwd);
	manifest.pages['../evil.html'] = manifest.pages['index.html'];
	writeFileSync(path.join(cwd, '.nimbus/manifest.json'), JSON.stringify(manifest));

	const result = await undoFolder(config);

	assert.equal(result.restored, 1);
	assert.deepEqual(result.skipped.map(entry => entry.source_path).sort(), ['../evil.html', 'about/index.html']);
	assert.deepEqual(readFileSync(path.join(cwd, 'elsewhere/index.html')), applied);
});

test('paths that lead out of the folder are refused', async t => {
	const cwd = makeSite(t);
	mkdirSync(path.join(cwd, 'dist/sub'));

	for (const bad of ['../x.html', '/etc/x.html', 'a/../../x.html', '', './x.html', 'a//b.html', 'a\\b.html', 'C:/x.html', 'x\0.html', 'sub', 'missing/x.html']) {
		await assert.rejects(insidePath(path.join(cwd, 'dist'), bad), {code: 'unsafe_path'}, bad);
	}
	assert.equal(await insidePath(path.join(cwd, 'dist'), 'sub/new.html'), path.join(cwd, 'dist/sub/new.html'));
});

test('a stream without its end line is asked for again', async t => {
	const {config, server, read} = await reviewedSite(t);
	server.interrupts.push(cutOff('/results', '{"page_id":"page_1"}\n{"page_id":"pa'));

	await applyFolder(config);

	assert.equal(read('index.html').toString(), better('Home'));
});

test('results that stay cut off change nothing', async t => {
	const {config, server, read, cwd} = await reviewedSite(t);
	const whole = Object.assign((request, response) => response.end('{"page_id":"page_1"}\n'), {for: '/results'});
	server.interrupts.push(whole, whole, whole);

	await assert.rejects(applyFolder(config), {code: 'cut_off'});

	assert.equal(read('index.html').toString(), html('Home'));
	assert.ok(!readdirSync(path.join(cwd, '.nimbus')).some(name => name.startsWith('results')));
});

test('an end line that counts other pages is an error', async t => {
	const {config, server} = await reviewedSite(t);
	const short = Object.assign((request, response) => response.end('{"end":true,"pages":7,"cursor":"c"}\n'), {for: '/results'});
	server.interrupts.push(short, short, short);

	await assert.rejects(applyFolder(config), {code: 'cut_off'});
});

test('a dry run changes no file and tells the server nothing', async t => {
	const {config, server, read} = await reviewedSite(t);

	const result = await applyFolder({...config, key: config.key, dryRun: true});

	assert.equal(result.changed, 2);
	assert.equal(read('index.html').toString(), html('Home'));
	assert.deepEqual(server.applied, []);
});

test('file modes stay and hard links elsewhere keep their bytes', async t => {
	const {config, file, cwd} = await reviewedSite(t, {'index.html': html('Home')});
	const {linkSync, chmodSync} = await import('node:fs');
	chmodSync(file('index.html'), 0o640);
	linkSync(file('index.html'), path.join(cwd, 'store.html'));

	await applyFolder(config);

	assert.equal(statSync(file('index.html')).mode & 0o777, 0o640);
	assert.equal(readFileSync(path.join(cwd, 'store.html'), 'utf8'), html('Home'));
	rmSync(cwd, {recursive: true});
});

test('a failed report is an error after the pages are written', async t => {
	const {config, server, read} = await reviewedSite(t);
	server.interrupts.push(answer('/applied', 403, {code: 'scope_missing', detail: 'The key needs the scope `apply`.'}));

	await assert.rejects(applyFolder(config), {exit: 3});

	assert.equal(read('index.html').toString(), better('Home'));
});

test('a report of many texts is told in parts of at most a megabyte', async t => {
	const text = Array.from({length: 2000}, (_, index) => `Paragraph number ${index}`).join('</p><p>');
	const {config, server} = await reviewedSite(t, Object.fromEntries(Array.from({length: 40}, (_, index) => [`${index}.html`, html(`Page ${index}`, text)])));

	await applyFolder(config);

	assert.equal(server.applied.flatMap(body => body.pages).length, 40);
	assert.ok(server.applied.length > 1 && server.applied.every(body => JSON.stringify(body).length < 1_100_000));
});

test('social titles and descriptions follow where the project wants it', async t => {
	const social = title => html(title).replace('</head>', '<meta property="og:title" content="Card"></head>');
	const {config, read, cwd, server} = await reviewedSite(t, {'index.html': social('Home')});
	server.project = {...PROJECT, settings: {og_follows: true}};

	await applyFolder(config);

	assert.equal(read('index.html').toString(), better('Home').replace('</head>', '<meta property="og:title" content="Home (better)"></head>'));
	assert.ok(manifestOf(cwd).pages['index.html'].applied.includes('og:title'));
});

test('an apply that was interrupted goes on, and can be undone', async t => {
	const {config, read} = await reviewedSite(t);
	const stop = new AbortController();
	const stopped = Object.assign(Object.create(config), {signal: stop.signal, progress: {begin() {}, step: () => stop.abort()}});

	await assert.rejects(applyFolder(stopped), {exit: 130});
	const half = [read('about/index.html').toString(), read('index.html').toString()];
	const result = await applyFolder(config);
	const whole = [read('about/index.html').toString(), read('index.html').toString()];

	assert.deepEqual(half, [better('About'), html('Home')]);
	assert.deepEqual([whole, result.changed], [[better('About'), better('Home')], 1]);
	assert.equal((await undoFolder(config)).restored, 2);
});

for (const name of ['.nimbus', '.nimbus/originals', '.nimbus/journal.ndjson', '.nimbus/lock.ndjson', 'nimbus.lock', '.nimbus/results.ndjson', '.nimbus/manifest.json']) {
	test(`nothing outside is written or removed through a link in the place of ${name}`, async t => {
		const {config, cwd} = await reviewedSite(t);
		const [place, elsewhere] = [path.join(cwd, name), path.join(cwd, 'elsewhere')];
		const isFolder = !/\.(ndjson|json|lock)$/.test(name);
		rmSync(place, {recursive: true, force: true});
		mkdirSync(path.dirname(place), {recursive: true});
		if (isFolder) {
			mkdirSync(elsewhere);
			writeFileSync(path.join(elsewhere, 'mine.txt'), 'mine');
		} else {
			writeFileSync(elsewhere, '');
		}
		symlinkSync(elsewhere, place);

		await applyFolder(config).catch(error => assert.match(error.message, /link|ELOOP|damaged/));

		assert.deepEqual(isFolder ? readdirSync(elsewhere) : readFileSync(elsewhere, 'utf8'), isFolder ? ['mine.txt'] : '');
	});
}
