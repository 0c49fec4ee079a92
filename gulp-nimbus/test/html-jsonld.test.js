/** JSON-LD is read exactly as strictly as JSON, and what is written into it stays one string. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from './support/fuzz.js';
import {escape} from '../lib/html/chars.js';
import {Page, apply} from '../lib/html/index.js';

const PIECES = [
	'"', '\\', '{', '}', '[', ']', ':', ',', ' ', '\n', '\t', '\x0b', '\xa0', '\'', '/', 'null', 'true', 'fals', '0', '01', '-', '-0', '1.',
	'1.5e+3', '1e', '.5', '"a"', '"name":', '"\\u00e9"', '"\\u12"', '"\\x"', 'NaN', '// x', '"name":"A"', '{"a":', '[1,2]', '{}', '[]', '"é😀"',
];
const OPEN = '<meta charset=utf-8><p>x</p><script type="application/ld+json">';
const pageOf = script => Buffer.from(`${OPEN}${script}</script>`);

function isJson(text) {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}

test('what is no JSON is left alone, what is JSON is read', () => {
	fc.assert(fc.property(fc.array(fc.constantFrom(...PIECES), {minLength: 1, maxLength: 12}), pieces => {
		const text = pieces.join('');

		assert.equal(!new Page(pageOf(text)).jsonLd.isBroken, isJson(text), text);
	}), {numRuns: 2000});
});

test('all JSON is read', () => {
	fc.assert(fc.property(fc.json(), fc.nat({max: 60}), fc.constantFrom(...PIECES), (text, at, piece) => {
		const safe = text.replaceAll('<', '\\u003c');
		const broken = safe.slice(0, at) + piece + safe.slice(at);

		assert.equal(new Page(pageOf(safe)).jsonLd.isBroken, false);
		assert.equal(!new Page(pageOf(broken)).jsonLd.isBroken, isJson(broken), broken);
	}));
});

test('only the text asked for changes, whatever it is', () => {
	fc.assert(fc.property(fc.string({unit: 'binary', minLength: 1, maxLength: 40}), fc.boolean(), (text, isDeclared) => {
		const script = '{"@graph": [{"headline": "Old text", "name": "Name"}], "n": 1}';
		const data = isDeclared ? pageOf(script) : Buffer.from(pageOf(script).toString().replace('<meta charset=utf-8>', ''));
		const block = new Page(data).jsonLd.blocks[0];

		const [out, report] = apply(data, {[block.id]: escape(text)});

		if (report[block.id] !== 'applied') {
			assert.deepEqual(out, data);
			return;
		}
		const after = JSON.parse(out.toString().split('json">')[1].replace('</script>', ''));
		assert.equal(after['@graph'][0].headline, text.replace(/[\t\n\f\r ]+/g, ' ').replace(/^ | $/g, ''));
		assert.deepEqual({...after, '@graph': [{...after['@graph'][0], headline: 'Old text'}]}, JSON.parse(script));
		assert.ok(isDeclared || /^[\0-\x7f]*$/.test(out.toString()));
	}));
});
