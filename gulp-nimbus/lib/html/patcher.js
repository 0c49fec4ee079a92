/** Edits to bytes: new text is spliced into the original, every other byte is copied. */
import {collapse, escape, pieces} from './chars.js';
import {TYPE as JSON_LD, writeString} from './jsonld.js';
import {LACKING} from './tags.js';

const ESCAPES = [['&', '&amp;'], ['<', '&lt;'], ['>', '&gt;'], ['\u00a0', '&nbsp;']];
const QUOTES = {'"': [['"', '&quot;']], "'": [["'", '&#39;']]};
const LINE_ENDS = ['\r\n', '\n', '\r'];
const DESCRIPTION = '<meta name="description" content="';

/** @typedef {import('./runs.js').Item} Item */
/** @typedef {import('./blocks.js').Block} Block */

export class Patcher {
	/** @type {Map<string, {start: number, end: number, bytes: Buffer}>} */
	#edits = new Map();
	/** Places of the values among them, in order: a rewritten block may hold some. @type {[number, number][]} */
	#values = [];

	/** @param {import('./source.js').Source} source */
	constructor(source) {
		this.source = source;
	}

	/** Write the items of an accepted answer in place of the block's. @param {Block} block @param {Item[]} items */
	replaceBlock(block, items) {
		if (block.attr) {
			const text = stripSpaces(collapse(items.map(item => item.text ?? '').join('')));
			if (escape(text) === block.content) {
				// White space may be spelled as references, which content does not tell.
				this.#setValue(block.start, block.end, this.source.slice(block.start, block.end));
			} else if (block.type === JSON_LD) {
				const value = this.source.encode(writeString(text, this.source.isUnicode && this.source.isDeclared));
				this.#setValue(block.start, block.end, value);
			} else {
				this.replaceValue(block.start, block.end, block.quote, text);
			}
		} else {
			this.#edit(block.start, block.end, this.#rebuild(block, items));
		}
	}

	/**
	 * A value in its own quotes (unquoted ones get `"`), or the text of a title when `quote` is null.
	 * The only attribute that may be written anew is a picture's `alt`.
	 */
	replaceValue(start, end, quote, text) {
		if (quote === LACKING) {
			const value = this.#spell(text, new Map(QUOTES['"']));
			this.#setValue(start, end, Buffer.concat([this.source.encode(' alt="'), value, this.source.encode('"')]));
			return;
		}
		const spellings = this.#spellings(start, end, quote !== null);
		if (quote === null) {
			this.#setValue(start, end, this.#spell(text, spellings));
			return;
		}
		const mark = quote || '"';
		const value = this.#spell(text, new Map([...QUOTES[mark], ...spellings]));
		const wrap = quote ? Buffer.alloc(0) : this.source.encode(mark);
		this.#setValue(start, end, Buffer.concat([wrap, value, wrap]));
	}

	#setValue(start, end, bytes) {
		this.#values.splice(this.#firstValueFrom(start, end), 0, [start, end]);
		this.#edit(start, end, bytes);
	}

	/**
	 * Put a missing title or description after the title, charset or head tag; false without a place.
	 * @param {import('./head.js').Head} head @param {Map<string, string>} fields
	 */
	insertFields(head, fields) {
		const places = [head.titleEnd, head.charset].filter(Boolean);
		const anchor = places.length ? places.reduce((one, other) => other.end > one.end ? other : one) : head.opening;
		if (!anchor) {
			return false;
		}
		const gap = places.length ? this.#gapBefore(anchor.start) : this.#gapAfter(anchor.end);
		const out = [];
		for (const [name, text] of fields) {
			const value = this.#spell(text, new Map(name === 'title' ? [] : QUOTES['"']));
			const [before, after] = name === 'title' ? ['<title>', '</title>'] : [DESCRIPTION, head.usesSlash ? '" />' : '">'];
			out.push(this.source.encode(gap + before), value, this.source.encode(after));
		}
		this.#edit(anchor.end, anchor.end, Buffer.concat(out));
		return true;
	}

	/** The page with every edit; those inside a rewritten block are already part of it. @returns {Buffer} */
	result() {
		const out = [];
		let at = 0;
		for (const {start, end, bytes} of inOrder(this.#edits.values())) {
			if (start >= at) {
				out.push(this.source.slice(at, start), bytes);
				at = end;
			}
		}
		out.push(this.source.slice(at, this.source.units.length));
		return Buffer.concat(out);
	}

	#edit(start, end, bytes) {
		this.#edits.set(`${start} ${end}`, {start, end, bytes});
	}

	/** Tags and atoms keep their bytes, and so does every text that follows the same tag as before. */
	#rebuild(block, items) {
		const units = new Map();
		const texts = new Map();
		let before = ' ';
		for (const item of block.items) {
			const key = `${item.kind} ${item.label}`;
			(item.kind === 'text' ? texts : units).set(item.kind === 'text' ? before : key, item);
			before = key;
		}
		const spellings = this.#spellingsOf(block.items);
		before = ' ';
		return Buffer.concat(items.map((item, index) => {
			const key = `${item.kind} ${item.label}`;
			const after = before;
			before = key;
			if (item.kind !== 'text') {
				const kept = units.get(key);
				return this.#copy(kept.start, kept.end);
			}
			const text = edgeless(item.text, index === 0, index === items.length - 1);
			return this.#text(text, texts.get(after), block, spellings, index === items.length - 1);
		}));
	}

	/** The old bytes where the text did not change, else the new text. */
	#text(text, old, block, spellings, isLast) {
		if (old) {
			const was = edgeless(old.text, old === block.items[0], old === block.items.at(-1));
			// A raw `</` at the end of the file would swallow a tag that now follows it.
			if (was === text && (isLast || !this.source.units.startsWith('</', old.end - 2))) {
				return this.source.slice(old.start, old.end);
			}
		}
		return this.#spell(text, spellings);
	}

	/** Original bytes, with the attribute edits made inside them. */
	#copy(start, end) {
		const out = [];
		let at = start;
		for (const [valueStart, valueEnd] of this.#values.slice(this.#firstValueFrom(start, start), this.#firstValueFrom(end, end))) {
			out.push(this.source.slice(at, valueStart), this.#edits.get(`${valueStart} ${valueEnd}`).bytes);
			at = valueEnd;
		}
		return Buffer.concat([...out, this.source.slice(at, end)]);
	}

	/** Index of the first value that is not before a place. */
	#firstValueFrom(start, end) {
		let low = 0;
		let high = this.#values.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			const [otherStart, otherEnd] = this.#values[middle];
			if (otherStart < start || (otherStart === start && otherEnd < end)) {
				low = middle + 1;
			} else {
				high = middle;
			}
		}
		return low;
	}

	/** How the page itself writes characters as references between two positions. @returns {Map<string, string>} */
	#spellings(start, end, inAttribute) {
		const text = this.source.decode(start, end);
		const found = new Map();
		for (const [written, char] of text?.includes('&') ? pieces(text, inAttribute) : []) {
			if (written !== char && [...char].length === 1 && !found.has(char)) {
				found.set(char, written.endsWith(';') ? written : `${written};`);
			}
		}
		return found;
	}

	#spellingsOf(items) {
		let found = new Map();
		for (const item of items) {
			if (item.kind === 'text') {
				found = new Map([...this.#spellings(item.start, item.end, false), ...found]);
			}
		}
		return found;
	}

	#spell(text, spellings) {
		const how = new Map([...ESCAPES, ...spellings]);
		return this.source.encode([...text].map(char => how.get(char) ?? char).join(''));
	}

	/** Line end and indentation of the line a tag starts, or nothing where it does not start a line. */
	#gapBefore(start) {
		const {units} = this.source;
		// An end tag stands behind its element: look at the line the element begins.
		const at = units.startsWith('</', start) ? units.lastIndexOf('<', start - 1) : start;
		let indent = at;
		while (indent > 0 && isBlank(units[indent - 1])) {
			indent--;
		}
		const lineEnd = this.#lineEnd(indent);
		return lineEnd ? lineEnd + units.slice(indent, at) : '';
	}

	/** The white space that already follows the head tag, from its last line end on. */
	#gapAfter(end) {
		const {units} = this.source;
		let at = end;
		while (at < units.length && (isBlank(units[at]) || units[at] === '\n' || units[at] === '\r')) {
			at++;
		}
		let indent = at;
		while (indent > end && isBlank(units[indent - 1])) {
			indent--;
		}
		const lineEnd = indent > end ? this.#lineEnd(indent) : '';
		return lineEnd ? lineEnd + units.slice(indent, at) : '';
	}

	/** The line end right before a position; "" where there is none. */
	#lineEnd(at) {
		return LINE_ENDS.find(mark => at >= mark.length && this.source.units.startsWith(mark, at - mark.length)) ?? '';
	}
}

function isBlank(unit) {
	return unit === '\t' || unit === ' ';
}

function inOrder(edits) {
	return [...edits].sort((one, other) => one.start - other.start || one.end - other.end);
}

function stripSpaces(text) {
	return text.replace(/^ /, '').replace(/ $/, '');
}

/** Collapsed text, without the space at an edge of its block. */
function edgeless(text, isFirst, isLast) {
	const collapsed = collapse(text ?? '');
	const left = isFirst ? collapsed.replace(/^ /, '') : collapsed;
	return isLast ? left.replace(/ $/, '') : left;
}
