/**
 * The texts in a page's JSON-LD that search results show: `headline`, `description` and `name`.
 * The whole script must be valid JSON, else nothing of it is offered: what is not understood is not touched.
 */
import {newBlock} from './blocks.js';
import {collapse, escape, hasLetter, lower, strip} from './chars.js';
import {hasControl} from './inline.js';
import {words} from './names.js';

export const TYPE = 'json-ld';
const MEDIA_TYPE = 'application/ld+json';
const FIELDS = words('headline description name');
// What these are called is a fact, not copy.
const PROPER = words(
	'Person Organization Corporation LocalBusiness Brand Place City Country State AdministrativeArea ContactPoint PostalAddress WebSite'
);
// Who has one of these is a person, a place or one of the hundreds of kinds of business.
const PROPER_KEYS = words('address telephone email geo logo priceRange openingHours givenName familyName jobTitle');
const SPACE = /[\t\n\r ]*/y;
const SPECIAL = /["\\\x00-\x1f]/g;
const ESCAPES = /\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))/g;
const ESCAPE = new RegExp(ESCAPES.source, 'y');
const SCALAR = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;
const NAMESPACE = /.*[/:#]/s;
const SHORT = {b: '\b', f: '\f', n: '\n', r: '\r', t: '\t'};
// Nothing that could end the script or begin a comment in it, and no line end of JavaScript.
const WRITTEN = /["\\<>&\u2028\u2029]/g;

class MalformedError extends Error {}

/** The JSON-LD of a page: its texts as blocks, and all that stands around them. */
export class JsonLd {
	/** @param {import('./source.js').Source} source */
	constructor(source) {
		this.source = source;
		/** @type {import('./blocks.js').Block[]} */
		this.blocks = [];
		/** @type {string[]} */
		this.rest = [];
		this.isBroken = false;
	}

	/** Look at the text of a script. @param {import('./tokenizer.js').Token} token @param {import('./regions.js').Container} place */
	take(token, place) {
		const script = this.source.units.slice(token.start, token.end);
		const texts = readTexts(script);
		if (texts === null) {
			this.isBroken = true;
			return;
		}
		let at = 0;
		for (const {name, start, end} of texts) {
			const content = this.#content(token.start + start, token.start + end);
			if (content !== null) {
				this.rest.push(script.slice(at, start));
				at = end;
				this.blocks.push(newBlock({
					type: TYPE, content: escape(content), start: token.start + start, end: token.start + end,
					region: 'head', attr: `ld-${name}`, attributes: {attr: `ld-${name}`}, place,
				}));
			}
		}
		this.rest.push(script.slice(at));
	}

	/** The text of a string; null where it is no copy, or would not come back as it was. */
	#content(start, end) {
		const raw = this.source.decode(start, end);
		const text = raw === null ? null : unescape(raw);
		if (text === null || !text.isWellFormed() || hasControl(text)) {
			return null;
		}
		const content = strip(collapse(text));
		return hasLetter(content) ? content : null;
	}
}

export function isJsonLd(name, mediaType) {
	return name === 'script' && lower(strip(mediaType)) === MEDIA_TYPE;
}

/** What a JSON string stands for. */
function unescape(text) {
	return text.replace(ESCAPES, (_, short, hex) => hex ? String.fromCharCode(parseInt(hex, 16)) : SHORT[short] ?? short);
}

/** Text as the inside of a JSON string in a script; beyond ASCII only where the page is in Unicode. */
export function writeString(text, isUnicode) {
	const safe = text.replace(WRITTEN, char => char === '"' || char === '\\' ? `\\${char}` : unitEscape(char));
	return isUnicode ? safe : safe.replace(/[^\0-\x7f]/g, unitEscape);
}

function unitEscape(unit) {
	return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** @typedef {{end: string, key: string, isQuiet: boolean, isBegun: boolean, keys: Set<string>, repeated: Set<string>,
 * types: string[], texts: {name: string, start: number, end: number}[]}} Frame
 * An open object or array. `key`: what its next value belongs to, the key before it or that of the array. `isQuiet`: part of
 * a context, which says what names mean; nothing in it is copy. */

/** @returns {Frame} */
function newFrame(end, key, isQuiet) {
	return {end, key, isQuiet, isBegun: false, keys: new Set(), repeated: new Set(), types: [], texts: []};
}

/** Its texts, without those whose key comes twice: readers take one or the other. @param {Frame} frame */
function offered({types, keys, repeated, texts}) {
	const isProper = types.some(type => PROPER.has(type)) || [...keys].some(key => PROPER_KEYS.has(key));
	return texts.filter(({name}) => !repeated.has(name) && !(isProper && name === 'name'));
}

/** The texts of a script in page order; null when it is not JSON. */
function readTexts(script) {
	try {
		return new Reader(script).texts;
	} catch (error) {
		if (error instanceof MalformedError) {
			return null;
		}
		throw error;
	}
}

/** Reads JSON strictly, without building it; `texts` have their place between the quotes. */
class Reader {
	#at = 0;
	/** @type {Frame[]} */
	#frames = [];

	constructor(text) {
		this.text = text;
		/** @type {Frame['texts']} */
		this.texts = [];
		this.#value();
		while (this.#frames.length) {
			this.#entry();
		}
		if (this.#peek()) {
			throw new MalformedError();
		}
		this.texts.sort((one, other) => one.start - other.start);
	}

	/** The next entry of the innermost object or array, or its end. */
	#entry() {
		const frame = this.#frames.at(-1);
		if (this.#peek() === frame.end) {
			this.#at++;
			this.texts.push(...offered(frame));
			this.#frames.pop();
			return;
		}
		if (frame.isBegun) {
			this.#take(',');
		}
		frame.isBegun = true;
		if (frame.end === '}') {
			const [start, end] = this.#string();
			this.#take(':');
			takeKey(frame, unescape(this.text.slice(start, end)));
		}
		this.#value();
	}

	#value() {
		const frame = this.#frames.at(-1) ?? newFrame('', '', false);
		const mark = this.#peek();
		if (mark === '{' || mark === '[') {
			this.#at++;
			this.#frames.push(newFrame(mark === '{' ? '}' : ']', frame.key, frame.isQuiet || frame.key === '@context'));
		} else if (mark === '"') {
			this.#note(frame, ...this.#string());
		} else {
			this.#at += this.#match(SCALAR).length;
		}
	}

	#note(frame, start, end) {
		if (frame.key === '@type') {
			const owner = frame.end === ']' ? this.#frames.at(-2) : frame;
			owner.types.push(this.text.slice(start, end).replace(NAMESPACE, ''));
		} else if (frame.end === '}' && FIELDS.has(frame.key) && !frame.isQuiet) {
			frame.texts.push({name: frame.key, start, end});
		}
	}

	/** Where the string here begins and ends, without its quotes. */
	#string() {
		this.#take('"');
		const start = this.#at;
		for (;;) {
			SPECIAL.lastIndex = this.#at;
			const found = SPECIAL.exec(this.text);
			if (found?.[0] === '"') {
				this.#at = found.index + 1;
				return [start, found.index];
			}
			this.#at = found?.index ?? this.text.length;
			this.#at += this.#match(ESCAPE).length;
		}
	}

	/** What an expression finds right here. */
	#match(expression) {
		expression.lastIndex = this.#at;
		const found = expression.exec(this.text);
		if (!found) {
			throw new MalformedError();
		}
		return found[0];
	}

	/** The next character that is no white space; '' at the end. */
	#peek() {
		this.#at += this.#match(SPACE).length;
		return this.text[this.#at] ?? '';
	}

	#take(mark) {
		if (this.#peek() !== mark) {
			throw new MalformedError();
		}
		this.#at++;
	}
}

/** @param {Frame} frame */
function takeKey(frame, key) {
	if (frame.keys.has(key)) {
		frame.repeated.add(key);
	}
	frame.keys.add(key);
	frame.key = key;
}
