/** The vectors both languages pass; see spec/README.md. */
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {test} from 'node:test';
import {exportBlock} from '../lib/html/blocks.js';
import {Page, Refuse, apply} from '../lib/html/index.js';

const FOLDER = new URL('../../spec/html/', import.meta.url);

function extract(data, encoding) {
	let page;
	try {
		page = new Page(data, encoding);
	} catch (error) {
		assert.ok(error instanceof Refuse, error);
		return {refuse: error.reason};
	}
	const {main_selector, head, selector_map, warnings} = page.extraction();
	const blocks = page.blocks.map(block => exportBlock(block, page.source));
	return {encoding: page.source.encoding, main_selector, head, blocks, selector_map, warnings};
}

const files = readdirSync(FOLDER).filter(name => name.endsWith('.json')).sort();
const vectors = files.flatMap(file => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')).map(vector => ({file, ...vector})));

for (const {file, name, why, input_b64: input, encoding, extract: want, apply: steps = []} of vectors) {
	test(`${file} ${name}: ${why}`, () => {
		const data = Buffer.from(input, 'base64');

		assert.deepEqual(extract(data, encoding), want);
		for (const {changes, head, output_b64: output, report} of steps) {
			const [bytes, found] = apply(data, changes, head, encoding);

			assert.deepEqual(found, report);
			assert.equal(bytes.toString('base64'), output);
		}
	});
}

test('vectors are many', () => {
	assert.ok(vectors.length >= 50);
});
