/** The tokenizer against rules of the HTML standard, and html5lib-tests where at hand. */
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {normalizeNewlines, unescape} from '../lib/html/chars.js';
import {Tokenizer} from '../lib/html/tokenizer.js';

const FOLDER = process.env.HTML5LIB_TESTS;
const MODES = {
	'Data state': 'data',
	'RCDATA state': 'rcdata',
	'RAWTEXT state': 'rawtext',
	'Script data state': 'script',
	'PLAINTEXT state': 'plaintext',
	'CDATA section state': 'cdata',
};

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

test('every html5lib tokenizer case passes', {skip: !FOLDER && 'set HTML5LIB_TESTS to the tokenizer test folder'}, () => {
	const cases = [...html5libCases()];

	const wrong = cases.filter(({source, mode, lastTag, want}) => JSON.stringify(plainTokens(source, mode, lastTag)) !== JSON.stringify(want));

	assert.ok(cases.length > 6000);
	assert.deepEqual(wrong.slice(0, 3), []);
});

function readValue(units, {valueStart, valueEnd}) {
	return unescape(normalizeNewlines(units.slice(valueStart, valueEnd)), true).replaceAll('\0', '\ufffd');
}

function readText(units, {start, end, mode}) {
	const text = normalizeNewlines(units.slice(start, end));
	const decoded = mode === 'data' || mode === 'rcdata' ? unescape(text) : text;
	return mode === 'data' ? decoded : decoded.replaceAll('\0', '\ufffd');
}

/** Tokens in the shape of html5lib-tests: comments and doctypes by presence only. */
function plainTokens(units, mode = 'data', lastTag = '') {
	if (mode === 'cdata') {
		// The suite starts inside the section; what precedes its end is text as it stands.
		const [text, ...rest] = units.split(']]>');
		const head = text ? [['Character', normalizeNewlines(text)]] : [];
		return joined(rest.length ? [...head, ...plainTokens(rest.join(']]>'))] : head);
	}
	// A script whose last start tag was another one can only be ended by that name, as raw text is.
	const start = mode === 'script' && lastTag === 'xmp' ? 'rawtext' : mode;
	return joined([...new Tokenizer(units, 0, start, lastTag)].filter(token => token.kind !== 'junk').map(token => {
		switch (token.kind) {
			case 'start':
				return ['StartTag', token.name, sorted(token.attributes.map(each => [each.name, readValue(units, each)])), token.selfClosing];
			case 'end':
				return ['EndTag', token.name];
			case 'text':
				return ['Character', readText(units, token)];
			default:
				return [token.kind];
		}
	}));
}

function sorted(entries) {
	return entries.sort(([one], [other]) => one < other ? -1 : 1);
}

/** Neighbouring text tokens as one. */
function joined(tokens) {
	const found = [];
	for (const token of tokens) {
		if (token[0] === 'Character' && found.at(-1)?.[0] === 'Character') {
			found[found.length - 1] = ['Character', found.at(-1)[1] + token[1]];
		} else {
			found.push(token);
		}
	}
	return found;
}

function wantedTokens(output) {
	return joined(output.filter(token => token !== 'ParseError').map(token => {
		switch (token[0]) {
			case 'StartTag':
				return ['StartTag', token[1], sorted(Object.entries(token[2])), token[3] ?? false];
			case 'Comment':
			case 'DOCTYPE':
				return [token[0].toLowerCase()];
			default:
				return token.slice(0, 2);
		}
	}));
}

/** Every case of the tokenizer suite. */
function* html5libCases() {
	for (const file of readdirSync(FOLDER).filter(name => name.endsWith('.test'))) {
		for (const given of JSON.parse(readFileSync(join(FOLDER, file), 'utf8')).tests ?? []) {
			const {input, output} = given.doubleEscaped
				? JSON.parse(JSON.stringify({input: given.input, output: given.output}).replaceAll('\\\\u', '\\u'))
				: given;
			for (const state of given.initialStates ?? ['Data state']) {
				yield {source: input, mode: MODES[state], lastTag: given.lastStartTag ?? '', want: wantedTokens(output)};
			}
		}
	}
}
