import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {PassThrough, Readable} from 'node:stream';
import {finished, pipeline} from 'node:stream/promises';
import {test} from 'node:test';
import gulp from 'gulp';
import Vinyl from 'vinyl';
import nimbus, {apply, upload} from '../index.js';
import {answer} from './support/server.js';
import {html, makeServer, makeSite} from './support/site.js';

const THEMES = ['startbootstrap-agency', 'startbootstrap-creative', 'startbootstrap-clean-blog'];
const themeFolder = name => path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../node_modules', name, 'dist');
const makeFolder = () => mkdtempSync(path.join(tmpdir(), 'nimbus-gulp-'));
const filesOf = folder => readdirSync(folder, {recursive: true, withFileTypes: true}).filter(entry => entry.isFile())
	.map(entry => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name))).sort();

/** Send files through a plugin. @returns {Promise<Vinyl[]>} what comes out */
async function through(plugin, files) {
	const out = [];
	await pipeline(Readable.from(files), plugin, async function (source) {
		for await (const file of source) {
			out.push(file);
		}
	});
	return out;
}

const page = (name, contents, base = '/built') => new Vinyl({base, path: `${base}/${name}`, contents});

async function setUp(t) {
	const {server, options, lines} = await makeServer(t);
	const cwd = makeSite(t);
	return {server, lines, cwd, options: {...options, cwd}};
}

test('null files and other files pass unread', async t => {
	const {server, options} = await setUp(t);
	const files = [page('folder.html', null), page('a.css', Buffer.from('a{}')), page('b.txt', new PassThrough())];

	for (const plugin of [upload(options), apply(options)]) {
		assert.deepEqual(await through(plugin, files), files);
	}
	assert.equal(server.requests.length, 0);
});

test('streams are refused with plugin and file name', async t => {
	const {options} = await setUp(t);

	for (const plugin of [upload(options), apply(options)]) {
		await assert.rejects(through(plugin, [page('a.html', new PassThrough())]), {plugin: 'gulp-nimbus', fileName: '/built/a.html', message: /Streams are not supported/});
	}
});

test('errors carry the plugin', async t => {
	const {server, options} = await setUp(t);
	server.interrupts.push(answer('/project', 403, {code: 'scope_missing', detail: 'The key needs the scope `upload`.'}));

	await assert.rejects(through(upload(options), [page('a.html', Buffer.from(html('A')))]), {plugin: 'gulp-nimbus', fileName: '/built/a.html', message: /scope/});
});

test('an error at the end carries the plugin and leaves no open batch', async t => {
	const {server, options} = await setUp(t);
	server.interrupts.push(answer('/submit', 422, {code: 'empty_batch', detail: 'The batch is empty.'}));

	await assert.rejects(through(upload(options), [page('a.html', Buffer.from(html('A')))]), {plugin: 'gulp-nimbus', message: /empty/});
	assert.ok(server.requests.at(-1).path.endsWith('/cancel'));
});

test('a missing key is an error with the line to write', async t => {
	const {options} = await setUp(t);

	await assert.rejects(through(upload({...options, key: ''}), [page('a.html', Buffer.from(html('A')))]), /key: process\.env\.NIMBUS_API_KEY/);
});

test('a wrong option is named when the gulpfile is read', async t => {
	const {options} = await setUp(t);

	assert.throws(() => upload({...options, teir: 'meta'}), /no option `teir`/);
});

test('with a folder it is a whole task that prints one line', async t => {
	const {options, lines, cwd} = await setUp(t);

	await nimbus.upload({...options, dir: 'dist'});
	const batch = await nimbus.wait(options);
	const result = await nimbus.apply({...options, dir: 'dist'});

	assert.equal(batch.status, 'completed');
	assert.equal(result.changed, 2);
	assert.equal(lines.length, 3);
	assert.match(readFileSync(path.join(cwd, 'dist/index.html'), 'utf8'), /Home \(better\)/);
});

test('pages that an earlier plugin made are taken as they are', async t => {
	const {server, options} = await setUp(t);
	const file = page('index.html', Buffer.from(html('Made')), path.join(options.cwd, 'dist'));

	await through(upload(options), [file]);

	assert.equal([...server.pages.values()][0].extraction.head.title, 'Made');
});

test('`only` lets the other pages pass unread', async t => {
	const {server, options} = await setUp(t);

	await finished(gulp.src('dist/**/*.html', {cwd: options.cwd, encoding: false}).pipe(upload({...options, only: 'about/**'})).resume());

	assert.deepEqual([...server.pages.values()].map(({source_path: name}) => name), ['about/index.html']);
});

test('a glob of one folder of the site means the same pages', async t => {
	const {server, options} = await setUp(t);

	await finished(gulp.src('dist/about/*.html', {cwd: options.cwd, encoding: false}).pipe(upload(options)).resume());

	assert.deepEqual([...server.pages.values()].map(({page_url: url}) => url), ['/about/index.html']);
});

for (const theme of THEMES) {
	test(`gulp sends every file of ${theme} through upload unchanged, and apply changes approved text only`, async t => {
		const {server, options, lines} = await setUp(t);
		const [source, out] = [themeFolder(theme), makeFolder()];
		const names = filesOf(source);

		await finished(gulp.src('**', {cwd: source, encoding: false}).pipe(upload(options)).pipe(gulp.dest(out, {encoding: false})).resume());

		assert.deepEqual(filesOf(out), names);
		for (const name of names) {
			assert.ok(readFileSync(path.join(out, name)).equals(readFileSync(path.join(source, name))), name);
		}
		assert.equal(server.pages.size, names.filter(name => name.endsWith('.html')).length);

		await finished(gulp.src('**', {cwd: out, encoding: false}).pipe(apply(options)).pipe(gulp.dest(out, {encoding: false})).resume());

		const plain = text => text.replaceAll(' (better)', '').replace(/\s+/g, ' ');
		for (const name of names) {
			const [before, after] = [source, out].map(folder => readFileSync(path.join(folder, name)));
			if (name.endsWith('.html')) {
				assert.match(after.toString(), / \(better\)/, name);
				assert.ok(plain(after.toString()) === plain(before.toString()), name);
			} else {
				assert.ok(after.equals(before), name);
			}
		}
		assert.deepEqual(lines.filter(line => line.includes('encoding')), []);
	});
}

test('what gulp decoded is warned about and read from the disk', async t => {
	const {server, options, lines, cwd} = await setUp(t);
	const latin = Buffer.from(html('Caf\u00e9'), 'latin1');
	writeFileSync(path.join(cwd, 'dist/latin.html'), latin);
	writeFileSync(path.join(cwd, 'dist/mark.html'), Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(html('Mark'))]));

	await finished(gulp.src('dist/*.html', {cwd}).pipe(upload(options)).resume());

	const titles = [...server.pages.values()].map(({extraction}) => extraction.head.title).sort();
	assert.deepEqual(titles, ['Caf\u00e9', 'Home', 'Mark']);
	assert.equal(lines.filter(line => line.includes('{encoding: false}')).length, 1);
});
