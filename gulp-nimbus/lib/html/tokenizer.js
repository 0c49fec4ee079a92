/**
 * One WHATWG tokenizer over units (bytes seen as latin-1, or UTF-16 code units). It keeps positions and builds no tree.
 * The only feedback a tree gives a tokenizer comes from `Foreign`: whether we are inside svg or math.
 */
import {Foreign} from './foreign.js';

export const TEXT = 0;
export const START = 1;
export const END = 2;
export const COMMENT = 3;
export const DOCTYPE = 4;

/** Elements of the HTML namespace whose content is text, and how that text is read. */
const TEXT_MODES = new Map([
	['title', 'rcdata'], ['textarea', 'rcdata'],
	['style', 'rawtext'], ['xmp', 'rawtext'], ['iframe', 'rawtext'], ['noembed', 'rawtext'], ['noframes', 'rawtext'],
	// Scripting is on for visitors.
	['noscript', 'rawtext'],
	['script', 'script'], ['plaintext', 'plaintext'],
]);

const SPACE = /[^\t\n\f\r ]|$/g;
const TAG_NAME_END = /[\t\n\f\r />]|$/g;
const ATTRIBUTE_NAME_END = /[\t\n\f\r />=]|$/g;
const UNQUOTED_END = /[\t\n\f\r >]|$/g;
const COMMENT_END = /--!?>/g;
const SCRIPT_STEP = /<!--|<\/([a-zA-Z]+)[\t\n\f\r />]/g;
const ESCAPED_STEP = /-->|<\/?([a-zA-Z]+)[\t\n\f\r />]/g;

/** Index of the first match of a global pattern at or after `from`. Every pattern given here matches somewhere. */
function seek(pattern, units, from) {
	pattern.lastIndex = from;
	return pattern.exec(units).index;
}

function isLetter(code) {
	const lower = code | 32;
	return lower >= 97 && lower <= 122;
}

/** Lower-case ASCII letters only; bytes of other scripts stay as they are. */
export function lower(units) {
	return /[A-Z]/.test(units) ? units.replace(/[A-Z]+/g, run => run.toLowerCase()) : units;
}

/** @typedef {{name: string, start: number, end: number, valueStart: number, valueEnd: number, quote: string}} Attribute */
/** @typedef {{type: number, start: number, end: number, name: string, mode: string, attributes: Attribute[], selfClosing: boolean}} Token */

export class Tokenizer {
	/**
	 * @param {string} units
	 * @param {{mode?: string, lastStart?: string}} [initial] where to begin, for tests
	 */
	constructor(units, {mode = 'data', lastStart = ''} = {}) {
		this.units = units;
		this.position = 0;
		this.mode = mode;
		this.lastStart = lastStart;
		this.foreign = new Foreign();
		/** @type {Token[]} */
		this.tokens = [];
	}

	/** @returns {Token[]} every token in source order; text is cut at every tag, comment and mode */
	run() {
		while (this.position < this.units.length) {
			if (this.mode === 'data') {
				this.#data();
			} else {
				this.#textMode();
			}
		}
		return this.tokens;
	}

	#push(type, start, end, name = '', attributes = [], selfClosing = false) {
		const token = {type, start, end, name, mode: type === TEXT ? this.mode : '', attributes, selfClosing};
		this.tokens.push(token);
		return token;
	}

	#text(start, end, mode = this.mode) {
		if (end > start) {
			this.#push(TEXT, start, end).mode = mode;
		}
	}

	#data() {
		const {units} = this;
		const start = this.position;
		let at = units.indexOf('<', start);
		while (at !== -1 && !this.#opensMarkup(at)) {
			at = units.indexOf('<', at + 1);
		}
		if (at === -1) {
			this.#text(start, units.length);
			this.position = units.length;
			return;
		}
		this.#text(start, at);
		this.#markup(at);
	}

	#opensMarkup(at) {
		const next = this.units[at + 1];
		if (next === '/') {
			return at + 2 < this.units.length;
		}
		return next === '!' || next === '?' || isLetter(this.units.charCodeAt(at + 1));
	}

	#markup(at) {
		const {units} = this;
		const next = units[at + 1];
		if (next === '!') {
			this.#declaration(at);
		} else if (next === '?') {
			this.#bogus(at);
		} else if (next !== '/') {
			this.#tag(START, at, at + 1);
		} else if (isLetter(units.charCodeAt(at + 2))) {
			this.#tag(END, at, at + 2);
		} else if (units[at + 2] === '>') {
			// `</>` is nothing at all.
			this.position = at + 3;
		} else {
			this.#bogus(at);
		}
	}

	#declaration(at) {
		const {units} = this;
		if (units.startsWith('--', at + 2)) {
			this.#comment(at);
		} else if (lower(units.slice(at + 2, at + 9)) === 'doctype') {
			this.#until(DOCTYPE, at, '>');
		} else if (units.startsWith('[CDATA[', at + 2) && this.foreign.isForeign) {
			const close = units.indexOf(']]>', at + 9);
			const end = close === -1 ? units.length : close;
			this.#text(at + 9, end, 'cdata');
			this.position = Math.min(end + 3, units.length);
		} else {
			this.#bogus(at);
		}
	}

	#comment(at) {
		const {units} = this;
		const early = units.startsWith('>', at + 4) ? 5 : units.startsWith('->', at + 4) ? 6 : 0;
		COMMENT_END.lastIndex = at + 4;
		const end = early ? at + early : COMMENT_END.exec(units) ? COMMENT_END.lastIndex : units.length;
		this.#push(COMMENT, at, end);
		this.position = end;
	}

	#bogus(at) {
		this.#until(COMMENT, at, '>');
	}

	#until(type, at, mark) {
		const close = this.units.indexOf(mark, at + 2);
		const end = close === -1 ? this.units.length : close + mark.length;
		this.#push(type, at, end);
		this.position = end;
	}

	/** Read a tag whose name begins at `nameStart`; a tag that the file cuts off is dropped, as browsers do. */
	#tag(type, start, nameStart) {
		const {units} = this;
		const nameEnd = seek(TAG_NAME_END, units, nameStart);
		const name = lower(units.slice(nameStart, nameEnd));
		const attributes = [];
		let at = nameEnd;
		for (;;) {
			at = seek(SPACE, units, at);
			const unit = units[at];
			if (unit === undefined) {
				this.position = units.length;
				return;
			}
			if (unit === '>') {
				this.#emitTag(type, start, at + 1, name, attributes, units[at - 1] === '/' && at - 1 >= this.#slashFrom(nameEnd, attributes));
				return;
			}
			at = unit === '/' ? at + 1 : this.#attribute(at, attributes);
		}
	}

	/** A slash closes only behind the last attribute: in `<a href=x/>` it belongs to the value. */
	#slashFrom(nameEnd, attributes) {
		return attributes.length ? attributes.at(-1).end : nameEnd;
	}

	/** @returns {number} the position behind the attribute */
	#attribute(start, attributes) {
		const {units} = this;
		// A leading `=` belongs to the name.
		const nameEnd = seek(ATTRIBUTE_NAME_END, units, start + 1);
		const attribute = {name: lower(units.slice(start, nameEnd)), start, end: nameEnd, valueStart: -1, valueEnd: -1, quote: ''};
		attributes.push(attribute);
		const equals = seek(SPACE, units, nameEnd);
		if (units[equals] !== '=') {
			return nameEnd;
		}
		const valueAt = seek(SPACE, units, equals + 1);
		const first = units[valueAt];
		if (first === '"' || first === "'") {
			const close = units.indexOf(first, valueAt + 1);
			attribute.quote = first;
			attribute.valueStart = valueAt + 1;
			attribute.valueEnd = close === -1 ? units.length : close;
			attribute.end = close === -1 ? units.length : close + 1;
		} else {
			attribute.valueStart = valueAt;
			attribute.valueEnd = first === '>' ? valueAt : seek(UNQUOTED_END, units, valueAt);
			attribute.end = attribute.valueEnd;
		}
		return attribute.end;
	}

	#emitTag(type, start, end, name, attributes, selfClosing) {
		const token = this.#push(type, start, end, name, attributes, selfClosing);
		this.position = end;
		this.mode = 'data';
		if (type === END) {
			this.foreign.end(name);
			return;
		}
		this.lastStart = name;
		if (this.foreign.start(token, this.units) && TEXT_MODES.has(name)) {
			this.mode = TEXT_MODES.get(name);
		}
	}

	#textMode() {
		const {units, mode} = this;
		const start = this.position;
		const end = mode === 'plaintext' ? units.length : mode === 'script' ? this.#scriptEnd(start) : this.#endTag(start);
		this.#text(start, end);
		this.position = end;
		if (end < units.length) {
			this.#tag(END, end, end + 2);
		}
	}

	/** Where `</lastStart` closes the text, or the end of the file. */
	#endTag(from) {
		const {units, lastStart} = this;
		for (let at = units.indexOf('</', from); at !== -1 && lastStart; at = units.indexOf('</', at + 2)) {
			const nameEnd = at + 2 + lastStart.length;
			if (/^[\t\n\f\r />]$/.test(units[nameEnd] ?? '') && lower(units.slice(at + 2, nameEnd)) === lastStart) {
				return at;
			}
		}
		return units.length;
	}

	/** `<!--` hides `</script>` behind a nested `<script>`: the oldest oddity of HTML. */
	#scriptEnd(from) {
		const {units} = this;
		let at = from;
		let depth = 0;
		for (;;) {
			const step = depth ? ESCAPED_STEP : SCRIPT_STEP;
			step.lastIndex = at;
			const match = step.exec(units);
			if (!match) {
				return units.length;
			}
			const name = lower(match[1] ?? '');
			const isEnd = match[0][1] === '/';
			if (isEnd && name === this.lastStart && depth < 2) {
				return match.index;
			}
			at = match.index + match[0].length;
			if (match[0] === '-->') {
				depth = 0;
			} else if (match[0] === '<!--') {
				depth = 1;
				// The two dashes that open may already be those that close: `<!-->`.
				at = match.index + 2;
			} else if (name === 'script' && depth) {
				depth = isEnd ? 1 : 2;
			}
		}
	}
}
