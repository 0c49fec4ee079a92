/** Real site themes: a hard rewrite changes text only, judged by an independent parser and by a byte differ. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {test} from 'node:test';
import {parse} from 'parse5';
import {Page, apply} from '../lib/html/index.js';

const MODULES = new URL('../node_modules/', import.meta.url);
const HARD = 'Neu “Straße” &amp; Ω 😀 1 &lt; 2 &lt;/script&gt; { {x} } "\' ';

const pages = ['agency', 'clean-blog', 'creative'].flatMap(theme => {
	const folder = new URL(`startbootstrap-${theme}/dist/`, MODULES);
	const names = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.html')) : [];
	return names.map(name => ({name: `${theme}/${name}`, data: readFileSync(new URL(name, folder))}));
});

/** Every third block, rewritten. */
function hardChanges(page) {
	return Object.fromEntries(page.blocks.filter((_, index) => index % 3 === 0).map(block => [block.id, HARD + block.content]));
}

/** The tree without its text, and without the values that were meant to change. */
function skeleton(node) {
	const attributes = (node.attrs ?? []).filter(({name}) => !['alt', 'title', 'aria-label', 'placeholder', 'value'].includes(name));
	const children = [...(node.childNodes ?? []), ...(node.content?.childNodes ?? [])].filter(child => child.nodeName !== '#text');
	return [node.nodeName, node.data ?? '', attributes.map(({name, value}) => `${name}=${value}`), children.map(skeleton)];
}

/** The bytes of a page beside the spans that may change. */
function outside(data, spans) {
	const kept = [];
	let at = 0;
	for (const [start, end] of spans) {
		if (start >= at) {
			kept.push(data.subarray(at, start));
			at = end;
		}
	}
	return Buffer.concat([...kept, data.subarray(at)]);
}

test('there are pages to judge', () => {
	assert.ok(pages.length >= 6, 'run npm ci first');
});

for (const {name, data} of pages) {
	test(`${name}: a hard rewrite keeps the tree`, () => {
		const changes = hardChanges(new Page(data));

		const [output, report] = apply(data, changes);

		assert.deepEqual([...new Set(Object.values(report))], ['applied']);
		assert.deepEqual(skeleton(parse(output.toString())), skeleton(parse(data.toString())));
	});

	test(`${name}: no byte beside the changed blocks differs`, () => {
		const page = new Page(data);
		const changes = hardChanges(page);
		const isChanged = page.blocks.map(block => block.id in changes);

		const [output] = apply(data, changes);

		const after = new Page(output).blocks;
		const spans = blocks => blocks.filter((_, index) => isChanged[index]).map(block => [block.start, block.end]);
		assert.notDeepEqual(output, data);
		assert.deepEqual(outside(output, spans(after)), outside(data, spans(page.blocks)));
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
