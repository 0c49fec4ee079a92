/** The numbered markup of a block: what is written, what is read back, what is refused. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {canonical, damage, parse} from '../lib/html/inline.js';

function reasons(old, now) {
	return damage(parse(old), parse(now));
}

test('a text edit that keeps every tag is no damage', () => {
	assert.deepEqual(reasons('Read <a1>our guide</a1> now', 'Now read <a1>this guide</a1>'), []);
});

test('siblings may swap places', () => {
	assert.deepEqual(reasons('<a1>x</a1> and <b2>y</b2>', '<b2>y</b2> and <a1>x</a1>'), []);
});

for (const [what, now, want] of [
	['a dropped tag', 'Read our guide', 'tags'],
	['a renamed tag', 'Read <b1>our guide</b1>', 'tags'],
	['a doubled tag', '<a1>Read</a1> <a1>our guide</a1>', 'tags'],
	['a tag that is never closed', 'Read <a1>our guide', 'markup'],
	['real HTML', 'Read <a1>our <b>guide</b></a1>', 'markup'],
	['a lone ampersand', 'Read <a1>this & that</a1>', 'markup'],
	['another entity', 'Read <a1>our&nbsp;guide</a1>', 'markup'],
	['an emptied link', 'Read our guide <a1></a1>', 'empty'],
	['an invisible control', 'Read\u0001 <a1>our guide</a1>', 'control'],
	['half a character', 'Read\ud800 <a1>our guide</a1>', 'control'],
]) {
	test(`${what} is refused as ${want}`, () => {
		assert.ok(reasons('Read <a1>our guide</a1>', now).includes(want));
	});
}

test('line breaks keep their order', () => {
	assert.deepEqual(reasons('a<br1/>b<x2/>c', 'a<x2/>b<br1/>c'), ['order']);
});

test('a pair around everything and icons at the edge are not content', () => {
	assert.equal(canonical(parse('<x1/> <a2> Read <b3>on</b3></a2>')), 'Read <b1>on</b1>');
});

test('text without a letter is no block', () => {
	assert.equal(canonical(parse('½ 2026 <b1>!</b1>')), '');
});
