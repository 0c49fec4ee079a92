/** The tokenizer against rules of the HTML standard, and html5lib-tests where at hand. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Tokenizer} from '../lib/html/tokenizer.js';
import {cases, plainTokens, suite} from './support/html5lib.js';

function names(markup) {
	return [...new Tokenizer(markup)]
		.filter(token => token.kind === 'start' || token.kind === 'end')
		.map(token => (token.kind === 'end' ? '/' : '') + token.name)
		.join(' ');
}

test('script text switches off inside svg', () => {
	assert.equal(names('<svg><style><b></style>'), 'svg style b /style');
});

test('a paragraph leaves svg, so that style is raw again', () => {
	assert.equal(names('<svg><p><style><b></style>'), 'svg p style /style');
});

test('an unclosed svg ends with the element around it', () => {
	assert.equal(names('<div><svg></div><style><b></style>'), 'div svg /div style /style');
});

test('a tag that the file ends in is dropped', () => {
	assert.deepEqual([...new Tokenizer('a<b class="x')].map(token => token.kind), ['text', 'junk']);
});

test('a script hidden in a comment does not end the script', () => {
	assert.equal(names('<script><!--<script></script>--></script><i>'), 'script /script i');
});

test('style in a select makes the page ambiguous', () => {
	const tokenizer = new Tokenizer('<select><style></select>');

	const count = [...tokenizer].length;

	assert.ok(count > 0 && tokenizer.ambiguous);
});

test('20,000 unclosed tags take linear time', () => {
	const units = '<b a="1" <code '.repeat(20_000);
	const begin = process.cpuUsage().user;

	const count = [...new Tokenizer(units)].length;

	assert.ok(count > 0 && process.cpuUsage().user - begin < 1_000_000);
});

test('every html5lib tokenizer case passes', t => {
	const folder = suite(t);
	if (folder) {
		const found = [...cases(folder)];

		const wrong = found.filter(({source, mode, lastTag, want}) => JSON.stringify(plainTokens(source, mode, lastTag)) !== JSON.stringify(want));

		assert.ok(found.length > 6000);
		assert.deepEqual(wrong.slice(0, 3), []);
	}
});
