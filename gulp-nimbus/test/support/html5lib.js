/** The tokenizer tests of html5lib, and our tokens in their shape. */
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {normalizeNewlines, unescape} from '../../lib/html/chars.js';
import {Tokenizer} from '../../lib/html/tokenizer.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MODES = {
	'Data state': 'data',
	'RCDATA state': 'rcdata',
	'RAWTEXT state': 'rawtext',
	'Script data state': 'script',
	'PLAINTEXT state': 'plaintext',
	'CDATA section state': 'cdata',
};


/** The folder of the suite, fetched when it is not there; skips the test loudly where it can't be had. */
export function suite(t) {
	const own = join(ROOT, '.venv/bin/python');
	const script = join(ROOT, 'script/benchmarks/html_corpus.py');
	const {status, stdout, stderr} = spawnSync(existsSync(own) ? own : 'python3', [script], {encoding: 'utf8'});
	if (status !== 0) {
		t.skip(`NO HTML5LIB TESTS: ${stderr}`);
		return null;
	}
	return stdout.trim();
}

function readValue(units, {valueStart, valueEnd}) {
	return unescape(normalizeNewlines(units.slice(valueStart, valueEnd)), true).replaceAll('\0', '\ufffd');
}

function readText(units, {start, end, mode}) {
	const text = normalizeNewlines(units.slice(start, end));
	const decoded = mode === 'data' || mode === 'rcdata' ? unescape(text) : text;
	return mode === 'data' ? decoded : decoded.replaceAll('\0', '\ufffd');
}

/** Tokens in the shape of html5lib-tests: comments and doctypes by presence only. */
export function plainTokens(units, mode = 'data', lastTag = '') {
	if (mode === 'cdata') {
		// The suite starts inside the section; what precedes its end is text as it stands.
		const [text, ...rest] = units.split(']]>');
		const head = text ? [['Character', normalizeNewlines(text)]] : [];
		return joined(rest.length ? [...head, ...plainTokens(rest.join(']]>'))] : head);
	}
	// A script whose last start tag was another one can only be ended by that name, as raw text is.
	const start = mode === 'script' && lastTag === 'xmp' ? 'rawtext' : mode;
	return joined([...new Tokenizer(units, 0, start, lastTag)].flatMap(token => {
		const space = units.slice(token.start - token.space, token.start);
		return space ? [['Character', normalizeNewlines(space)], plainToken(units, token)] : [plainToken(units, token)];
	}).filter(token => token[0] !== 'junk'));
}

function plainToken(units, token) {
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

/** Every case of the tokenizer suite. @param {string} folder */
export function* cases(folder) {
	for (const file of readdirSync(folder).filter(name => name.endsWith('.test'))) {
		for (const given of JSON.parse(readFileSync(join(folder, file), 'utf8')).tests ?? []) {
			const {input, output} = given.doubleEscaped
				? JSON.parse(JSON.stringify({input: given.input, output: given.output}).replaceAll('\\\\u', '\\u'))
				: given;
			for (const state of given.initialStates ?? ['Data state']) {
				yield {source: input, mode: MODES[state], lastTag: given.lastStartTag ?? '', want: wantedTokens(output)};
			}
		}
	}
}
