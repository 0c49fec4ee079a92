/** What a page says outside its text blocks: its start tags, for dimension rules, and its whole source, for the preview. */
import {unescape} from './html/chars.js';
import {Source} from './html/source.js';
import {Tokenizer} from './html/tokenizer.js';

/** The start tags of a page as `[name, attributes]`, with decoded values. */
export function startTags(bytes, encoding) {
	const source = new Source(bytes, encoding);
	const tags = [];
	for (const token of new Tokenizer(source.units, source.start)) {
		if (token.kind === 'start') {
			const values = token.attributes.map(({name, valueStart, valueEnd}) => [name, unescape(source.decode(valueStart, valueEnd) ?? '', true)]);
			// The first of two equal attributes counts; in an object the last one would.
			tags.push([token.name, Object.fromEntries(values.reverse())]);
		}
	}
	return tags;
}

/** The whole page as text. */
export function pageText(bytes, encoding) {
	const source = new Source(bytes, encoding);
	// Bytes that are no text in this encoding show as U+FFFD in the preview.
	const text = source.decode(source.start, source.units.length) ?? new TextDecoder('utf-8').decode(bytes);
	// NUL and lone surrogates are no text that a database or JSON reader takes.
	return text.replaceAll('\0', '\ufffd').toWellFormed();
}
