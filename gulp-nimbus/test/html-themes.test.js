/** Real site themes: a hard rewrite changes text only, judged by an independent parser and by a byte differ. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {test} from 'node:test';
import {Page, apply} from '../lib/html/index.js';
import {skeleton} from './support/judge.js';
import {hardChanges, isKeptBeside, rebuilt} from './support/rewrite.js';

const MODULES = new URL('../node_modules/', import.meta.url);

const pages = ['agency', 'clean-blog', 'creative'].flatMap(theme => {
	const folder = new URL(`startbootstrap-${theme}/dist/`, MODULES);
	const names = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.html')) : [];
	return names.map(name => ({name: `${theme}/${name}`, data: readFileSync(new URL(name, folder))}));
});

test('there are pages to judge', () => {
	assert.ok(pages.length >= 6, 'run npm ci first');
});

for (const {name, data} of pages) {
	test(`${name}: a hard rewrite keeps the tree`, () => {
		const changes = hardChanges(new Page(data));

		const [output, report] = apply(data, changes);

		assert.deepEqual([...new Set(Object.values(report))], ['applied']);
		assert.deepEqual(skeleton(output, 'utf-8'), skeleton(data, 'utf-8'));
	});

	test(`${name}: no byte beside the changed blocks differs`, () => {
		const page = new Page(data);
		const changes = hardChanges(page);

		const [output, report] = apply(data, changes, {title: 'Neu', metaDescription: 'Neu'});

		assert.notDeepEqual(output, data);
		assert.ok(isKeptBeside(page, output, report));
	});

	test(`${name}: a page rebuilt from its own content is byte-identical`, () => {
		assert.ok(rebuilt(new Page(data)).equals(data));
	});

	test(`${name}: twice applied is once applied`, () => {
		const changes = hardChanges(new Page(data));
		const [once] = apply(data, changes);

		const [twice, report] = apply(once, changes);

		assert.deepEqual(twice, once);
		assert.ok(!Object.values(report).includes('applied'));
	});

	test(`${name}: a page given its own text stays as it is`, () => {
		const page = new Page(data);

		const [output, report] = apply(data, Object.fromEntries(page.blocks.map(block => [block.id, block.content])), page.head.values());

		assert.equal(output, data);
		assert.ok(!Object.values(report).includes('applied'));
	});
}

for (const [what, before, after] of [
	['another element', '<p>x</p>', '<div>x</div>'],
	['another attribute', '<p class=a>x</p>', '<p class=a onclick=b>x</p>'],
	['another attribute value', '<p class=a>x</p>', '<p class=b>x</p>'],
	['another script', '<script>f()</script>', '<script>g()</script>'],
	['another comment', '<!--a-->x', '<!--b-->x'],
	['another key of JSON-LD', '<script type=application/ld+json>{"a":"x"}</script>', '<script type=application/ld+json>{"b":"x"}</script>'],
]) {
	test(`the judge sees ${what}`, () => {
		assert.notDeepEqual(skeleton(Buffer.from(after), 'utf-8'), skeleton(Buffer.from(before), 'utf-8'));
	});
}

test('the judge leaves out what may be rewritten', () => {
	const [before, after] = ['x', 'y'].map(text => Buffer.from(`<title>${text}</title><p title=${text}>${text}</p>`));

	assert.deepEqual(skeleton(before, 'utf-8'), skeleton(after, 'utf-8'));
});
