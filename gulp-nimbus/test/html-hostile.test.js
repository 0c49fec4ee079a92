/** Pages made to hurt: eight times the size takes about eight times as long, never sixty-four. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Page, Refuse, apply} from '../lib/html/index.js';

const [COUNT, TIMES] = [16_000, 8];
// Linear growth is 8, quadratic growth 64; warming up, collecting garbage and the clock blur both.
const LIMIT = 20;
const PAGES = {
	'nested div': count => '<div>'.repeat(count) + 'Text',
	'unclosed code': count => '<p>a <code>'.repeat(count / 2),
	'unclosed b': count => `<p>${'<b>x '.repeat(count)}`,
	'nested b': count => `<p>${'<b>x '.repeat(count)}${'</b>'.repeat(count)}`,
	'crossed tags': count => `<p>${'<span><i>x</span></i> '.repeat(count / 4)}`,
	'stray end tags': count => `<p>Text${'</b>'.repeat(count)}`,
	'unclosed svg': count => '<svg><p>x'.repeat(count / 2),
	'unclosed math': count => `${'<math><mi>'.repeat(count)}x`,
	'images in a paragraph': count => `<p>a ${'<img alt="Bild">'.repeat(count / 2)} b`,
	'nested pictures': count => `${'<picture><img alt=Bild>'.repeat(count / 2)}${'</picture>'.repeat(count / 2)}`,
	'equal blocks': count => '<p>Same</p>'.repeat(count),
	'half open comments': count => `<p>Text${'<!--'.repeat(count)}`,
	'half open scripts': count => `<p>Text<script>${'<!--<script '.repeat(count)}`,
	'many attributes': count => `<p ${'a=1 b '.repeat(count)}>Text`,
	'long white space': count => `<p>Text${' '.repeat(20 * count)}x`,
	'open references': count => `<p>Text${'&amp&#x'.repeat(count)}`,
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

/** CPU milliseconds of one rewrite. */
function milliseconds(data) {
	const begin = process.cpuUsage();
	const statuses = rewrite(data);
	const {user, system} = process.cpuUsage(begin);
	assert.ok(!statuses.includes('verify-failed'));
	return (user + system) / 1000;
}

/** How many times as long eight times the size takes; a disturbed measurement is repeated. */
function growth(work, make) {
	const measured = [];
	do {
		const small = Math.min(...[1, 2].map(() => work(make(COUNT / TIMES))));
		measured.push(work(make(COUNT)) / Math.max(small, 2));
	} while (measured.at(-1) >= LIMIT && measured.length < 5);
	return Math.min(...measured);
}

for (const [name, make] of Object.entries(PAGES)) {
	test(`${name}: time grows as the page does`, () => {
		assert.ok(growth(milliseconds, count => Buffer.from(make(count))) < LIMIT);
	});
}

test('quadratic work is noticed', () => {
	const quadratic = data => {
		const begin = process.cpuUsage();
		let sum = 0;
		for (let at = 0; at < data.length; at += 32) {
			for (let index = 0; index < at; index++) {
				sum += data[index];
			}
		}
		assert.ok(sum > 0);
		return process.cpuUsage(begin).user / 1000;
	};

	assert.ok(growth(quadratic, count => Buffer.from(PAGES['unclosed b'](count))) >= LIMIT);
});
