/** Hero selectors mean the same in both languages: spec/selectors.json. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {Page} from '../lib/html/index.js';
import {matchesSelector, parseSelector} from '../lib/html/selector.js';

const spec = JSON.parse(readFileSync(new URL('../../spec/selectors.json', import.meta.url), 'utf8'));

test('selectors meet what the vectors say', () => {
	assert.ok(spec.matches.length > 20);
	for (const {selector, tag, attributes, matches} of spec.matches) {
		assert.equal(matchesSelector(parseSelector(selector), tag, new Map(Object.entries(attributes))), matches, selector);
	}
});

test('a selector beyond the subset is refused with a sentence', () => {
	for (const hero of spec.refused) {
		assert.throws(() => new Page(Buffer.from('<p>Text</p>'), null, {hero}), {name: 'TypeError', message: /^Name elements by tag.*\.$/}, hero);
	}
});
