/** Pages made to hurt: each is read and rewritten in under a second of CPU time. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Page, Refuse, apply} from '../lib/html/index.js';

const COUNT = 10_000;
const PAGES = {
	'nested div': '<div>'.repeat(COUNT) + 'Text',
	'unclosed code': '<p>a <code>'.repeat(COUNT / 2),
	'unclosed b': `<p>${'<b>x '.repeat(COUNT)}`,
	'nested b': `<p>${'<b>x '.repeat(COUNT)}${'</b>'.repeat(COUNT)}`,
	'crossed tags': `<p>${'<span><i>x</span></i> '.repeat(COUNT / 4)}`,
	'stray end tags': `<p>Text${'</b>'.repeat(COUNT)}`,
	'unclosed svg': '<svg><p>x'.repeat(COUNT / 2),
	'unclosed math': `${'<math><mi>'.repeat(COUNT)}x`,
	'images in a paragraph': `<p>a ${'<img alt="Bild">'.repeat(COUNT / 2)} b`,
	'nested pictures': `${'<picture><img alt=Bild>'.repeat(COUNT / 2)}${'</picture>'.repeat(COUNT / 2)}`,
	'equal blocks': '<p>Same</p>'.repeat(COUNT),
	'half open comments': `<p>Text${'<!--'.repeat(COUNT)}`,
	'half open scripts': `<p>Text<script>${'<!--<script '.repeat(COUNT)}`,
	'many attributes': `<p ${'a=1 b '.repeat(COUNT)}>Text`,
	'long white space': `<p>Text${' '.repeat(20 * COUNT)}x`,
	'open references': `<p>Text${'&amp&#x'.repeat(COUNT)}`,
};

/** How many blocks a page offers and how many of them could be written; null for a refused one. */
function rewrite(data) {
	try {
		const {blocks} = new Page(data);
		const [, report] = apply(data, Object.fromEntries(blocks.map(block => [block.id, `Neu ${block.content}`])), {title: 'Neu'});
		return Object.values(report);
	} catch (error) {
		assert.ok(error instanceof Refuse, error);
		return [];
	}
}

for (const [name, markup] of Object.entries(PAGES)) {
	test(`${COUNT} times ${name} takes under a second`, () => {
		const begin = process.cpuUsage();

		const statuses = rewrite(Buffer.from(markup));

		const {user} = process.cpuUsage(begin);
		assert.ok(user < 1_000_000, `${user / 1000} ms`);
		assert.ok(!statuses.includes('verify-failed'));
	});
}
