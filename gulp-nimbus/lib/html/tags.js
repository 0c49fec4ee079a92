/** What the source of one tag says, wherever it stands: a site writes the same few tags again and again. */
import {DOUBTFUL, SELECT_ENDERS, VOID, words} from './names.js';

const CACHED_TAGS = 4096;
// The longest tags would only fill the memory.
const LONGEST_CACHED = 400;

const NAME_END = /[\t\n\f\r />]|$/g;
const GAP_END = /[^\t\n\f\r /]|$/g;
const SPACE_END = /[^\t\n\f\r ]|$/g;
const ATTRIBUTE_NAME_END = /[\t\n\f\r />=]|$/g;
const UNQUOTED_END = /[\t\n\f\r >]|$/g;
/** Start tags after which a tokenizer may have to read on in another way. */
const TELLING = new Set([...DOUBTFUL, ...SELECT_ENDERS, ...words('svg math select frameset script plaintext')]);

/** @typedef {{name: string, start: number, valueStart: number, valueEnd: number, quote: string | null}} Attribute
 * `quote` is `"`, `'`, "" (unquoted), null (no value) or LACKING (it is not there at all). */

/** Not a quote: the attribute would have to be written with its name. */
export const LACKING = '+';

/** A tag by itself: attributes are placed from its `<` on, `values` are as written, references and all. */
export class Tag {
	/**
	 * @param {'start' | 'end'} kind
	 * @param {string} name
	 * @param {Attribute[]} attributes
	 * @param {Map<string, string>} values
	 * @param {boolean} selfClosing
	 */
	constructor(kind, name, attributes, values, selfClosing) {
		this.kind = kind;
		this.name = name;
		this.attributes = attributes;
		this.values = values;
		this.selfClosing = selfClosing;
		/** Whether it tells the tokenizer something, outside svg and math. */
		this.isTelling = kind === 'start' ? TELLING.has(name) : name === 'select';
		/** What it adds to the open elements of its name. */
		this.step = kind === 'end' ? -1 : VOID.has(name) ? 0 : 1;
		/** Its kind, its name and the names of its attributes; names hold no space. */
		this.shape = name && [kind, name, ...values.keys()].join(' ');
		/** What it means for the text around it, once traitsOf() was asked. @type {import('./traits.js').Traits | null} */
		this.traits = null;
	}
}

/** What tokens have that are no tags. */
export const NO_TAG = new Tag('start', '', [], new Map(), false);

/** Where the first match of a global pattern begins, at or after `from`; every pattern given here matches at the end. */
function seek(pattern, units, from) {
	pattern.lastIndex = from;
	return pattern.exec(units).index;
}

/** ASCII lower case; NUL becomes U+FFFD as in every tag and attribute name. */
export function lower(name) {
	return /[A-Z\0]/.test(name) ? name.replace(/[A-Z]+/g, run => run.toLowerCase()).replaceAll('\0', '\ufffd') : name;
}

/**
 * The tag whose `<` is at `at` and where it ends; null where the file ends first.
 * @param {string} units @param {number} at @returns {[Tag, number] | null}
 */
export function scan(units, at) {
	const kind = units[at + 1] === '/' ? 'end' : 'start';
	const nameAt = kind === 'end' ? at + 2 : at + 1;
	let position = seek(NAME_END, units, nameAt);
	const name = lower(units.slice(nameAt, position));
	const attributes = [];
	const values = new Map();
	while (position < units.length) {
		const gap = position;
		position = seek(GAP_END, units, position);
		if (units[position] === '>') {
			const selfClosing = position > gap && units[position - 1] === '/';
			return [new Tag(kind, name, attributes, values, selfClosing), position + 1];
		}
		const found = position < units.length ? attributeAt(units, position) : null;
		if (!found) {
			return null;
		}
		const {key, start, end, quote} = found;
		if (!values.has(key)) {
			attributes.push({name: key, start: position - at, valueStart: start - at, valueEnd: end - at, quote});
			values.set(key, units.slice(start, end));
		}
		position = found.next;
	}
	return null;
}

/** The attribute at `at`: its name, the span of its value, its quote, and what comes next; null where the file ends first. */
function attributeAt(units, at) {
	// A leading `=` belongs to the name.
	const nameEnd = seek(ATTRIBUTE_NAME_END, units, at + 1);
	const key = lower(units.slice(at, nameEnd));
	let start = seek(SPACE_END, units, nameEnd);
	if (units[start] !== '=') {
		return {key, start: nameEnd, end: nameEnd, quote: null, next: start};
	}
	start = seek(SPACE_END, units, start + 1);
	const quote = units[start];
	if (quote === '"' || quote === "'") {
		const end = units.indexOf(quote, start + 1);
		return end === -1 ? null : {key, start: start + 1, end, quote, next: end + 1};
	}
	const end = seek(UNQUOTED_END, units, start);
	return start < units.length ? {key, start, end, quote: '', next: end} : null;
}

/** @type {Map<string, Tag | null>} */
const cache = new Map();

/** The tag that is exactly this source; null when it ends before or after it, or is too long to be kept. */
export function read(source) {
	const known = cache.get(source);
	if (known !== undefined) {
		return known;
	}
	if (source.length > LONGEST_CACHED) {
		return null;
	}
	if (cache.size >= CACHED_TAGS) {
		cache.clear();
	}
	// A copy, because a part of a string keeps the whole string in memory.
	const own = ` ${source}`.slice(1);
	const found = scan(own, 0);
	const tag = found && found[1] === own.length ? found[0] : null;
	cache.set(own, tag);
	return tag;
}
