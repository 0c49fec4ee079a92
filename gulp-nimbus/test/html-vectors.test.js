/** The vectors both languages pass; see spec/README.md. */
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {test} from 'node:test';
import {Page, Refuse, apply} from '../lib/html/index.js';

const FOLDER = new URL('../../spec/html/', import.meta.url);

function extract(data, encoding, {hero, json_ld: jsonLd, rules, path}) {
	let page;
	try {
		page = new Page(data, encoding, {hero});
	} catch (error) {
		assert.ok(error instanceof Refuse, error);
		return {refuse: error.reason};
	}
	const {engine, page_hash, above_fold_blocks: above, rest_of_page_blocks: rest, ...found} = page.extraction({jsonLd, rules, path});
	return {...found, blocks: [...above, ...rest].sort((one, other) => one.span[0] - other.span[0])};
}

const files = readdirSync(FOLDER).filter(name => name.endsWith('.json')).sort();
const vectors = files.flatMap(file => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')).map(vector => ({file, ...vector})));

for (const {file, name, why, input_b64: input, encoding, options = {}, extract: want, apply: steps = []} of vectors) {
	test(`${file} ${name}: ${why}`, () => {
		const data = Buffer.from(input, 'base64');

		assert.deepEqual(extract(data, encoding, options), want);
		for (const {changes, head, og_follows: ogFollows, output_b64: output, report} of steps) {
			const [bytes, found] = apply(data, changes, head, encoding, {ogFollows});

			assert.deepEqual(found, report);
			assert.equal(bytes.toString('base64'), output);
		}
	});
}

test('vectors are many', () => {
	assert.ok(vectors.length >= 50);
});
