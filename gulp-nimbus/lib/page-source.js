/** The whole source of a page, for the preview. */
import {Source} from './html/source.js';

/** The whole page as text. */
export function pageText(bytes, encoding) {
	const source = new Source(bytes, encoding);
	// Bytes that are no text in this encoding show as U+FFFD in the preview.
	const text = source.decode(source.start, source.units.length) ?? new TextDecoder('utf-8').decode(bytes);
	// NUL and lone surrogates are no text that a database or JSON reader takes.
	return text.replaceAll('\0', '\ufffd').toWellFormed();
}
