import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {checkRules, readDimensions} from '../lib/dimensions.js';
import {Page} from '../lib/html/index.js';

const vectors = JSON.parse(readFileSync(new URL('../../spec/dimensions.json', import.meta.url)));

test('dimensions follow the vectors', () => {
	for (const {name, rules, path, tags, dimensions} of vectors.read) {
		assert.deepEqual(readDimensions(rules, path, tags), dimensions, name);
	}
});

test('a wrong rule is refused with a sentence', () => {
	for (const {name, rules} of vectors.refused) {
		assert.throws(() => checkRules(rules), {name: 'TypeError', message: /\.$/}, name);
	}
});

test('tags come from the page and not from its comments or scripts', () => {
	const html = '<!-- <p data-x="0"> --><script>"<p data-x=1>"</script><p data-x="K&ouml;ln ü" DATA-X=2 hidden>x</p><p>Text';

	const page = new Page(Buffer.from(html));

	assert.deepEqual(page.tags().at(-2), ['p', {hidden: '', 'data-x': 'Köln ü'}]);
	assert.deepEqual(page.extraction({rules: [{type: 'data', attribute: 'data-x', name: 'x'}], path: '/'}).dimensions, {x: 'Köln ü'});
});
