/**
 * A WHATWG tokenizer over units (one character a byte, or a UTF-16 code unit); it builds no tree.
 * Offsets are unit offsets into the source. Nothing is decoded: names are ASCII lower case, values are spans.
 */
import {Namespaces} from './foreign.js';

const RCDATA = new Set(['title', 'textarea']);
const RAWTEXT = new Set(['style', 'iframe', 'xmp', 'noembed', 'noframes', 'noscript']);

const NAME_END = /[\t\n\f\r />]|$/g;
const GAP_END = /[^\t\n\f\r /]|$/g;
const SPACE_END = /[^\t\n\f\r ]|$/g;
const ATTRIBUTE_NAME_END = /[\t\n\f\r />=]|$/g;
const UNQUOTED_END = /[\t\n\f\r >]|$/g;
const COMMENT_END = /--!?>/g;
const SCRIPT_MARK = /<!--|-->|<\/?script(?=[\t\n\f\r />])/gi;
const LETTER = /^[a-zA-Z]$/;

/** @typedef {{name: string, start: number, valueStart: number, valueEnd: number, quote: string | null}} Attribute
 * `quote` is `"`, `'`, "" (unquoted) or null (no value). */
/** @typedef {{kind: 'text' | 'start' | 'end' | 'comment' | 'doctype' | 'junk', start: number, end: number, mode: string,
 * name: string, attributes: Attribute[], selfClosing: boolean, depth: number, foreign: boolean}} Token
 * `mode` of text: data, rcdata, rawtext, script, cdata or plaintext. `depth`: open namespaces after this token, 0 is plain
 * HTML. `foreign`: the tag itself is SVG or MathML. */

/** Where the first match of a global pattern begins, at or after `from`; every pattern given here matches at the end. */
function seek(pattern, units, from) {
	pattern.lastIndex = from;
	return pattern.exec(units).index;
}

/** ASCII lower case; NUL becomes U+FFFD as in every tag and attribute name. */
export function lower(name) {
	return /[A-Z\0]/.test(name) ? name.replace(/[A-Z]+/g, run => run.toLowerCase()).replaceAll('\0', '\ufffd') : name;
}

/** The attributes of a tag as written, references and all. @returns {Map<string, string>} */
export function valuesOf(units, token) {
	return new Map(token.attributes.map(attribute => [attribute.name, units.slice(attribute.valueStart, attribute.valueEnd)]));
}

/** @returns {Token} */
function newToken(kind, start, end, {mode = '', name = '', attributes = [], selfClosing = false, depth = 0} = {}) {
	return {kind, start, end, mode, name, attributes, selfClosing, depth, foreign: false};
}

export class Tokenizer {
	/**
	 * @param {string} units
	 * @param {number} [start]
	 * @param {string} [mode]
	 * @param {string} [lastTag]
	 */
	constructor(units, start = 0, mode = 'data', lastTag = '') {
		this.units = units;
		this.size = units.length;
		this.at = start;
		this.mode = mode;
		this.lastTag = lastTag;
		this.namespaces = new Namespaces();
	}

	/** @returns {Generator<Token>} */
	* [Symbol.iterator]() {
		while (this.at < this.size) {
			if (this.mode === 'data') {
				yield* this.#data();
			} else {
				yield* this.#raw();
			}
		}
	}

	/** Whether browsers may read a part of this page in another text mode than this tokenizer. */
	get ambiguous() {
		return this.namespaces.ambiguous;
	}

	* #data() {
		const begin = this.at;
		let token = null;
		let at = this.units.indexOf('<', begin);
		while (at !== -1 && !(token = this.#markup(at))) {
			at = this.units.indexOf('<', at + 1);
		}
		const end = token ? at : this.size;
		if (end > begin) {
			yield newToken('text', begin, end, {mode: 'data', depth: this.namespaces.depth});
		}
		this.at = token ? token.end : this.size;
		if (token) {
			yield this.#feedBack(token);
		}
	}

	/** Let the namespaces see a tag, and switch the text mode a start tag asks for. */
	#feedBack(token) {
		if (token.kind === 'start') {
			token.foreign = this.namespaces.open(token.name, token.selfClosing, valuesOf(this.units, token));
			this.lastTag = token.name;
			if (!token.foreign) {
				this.#switch(token.name);
			}
		} else if (token.kind === 'end') {
			token.foreign = this.namespaces.close(token.name);
		}
		token.depth = this.namespaces.depth;
		return token;
	}

	#switch(name) {
		if (RCDATA.has(name)) {
			this.mode = 'rcdata';
		} else if (RAWTEXT.has(name)) {
			this.mode = 'rawtext';
		} else if (name === 'script' || name === 'plaintext') {
			this.mode = name;
		}
	}

	/** The token that starts with the `<` at `at`; null when that `<` is text. */
	#markup(at) {
		const {units} = this;
		const after = units[at + 1] ?? '';
		if (LETTER.test(after)) {
			return this.#tag(at, at + 1, 'start');
		}
		if (after === '/') {
			const third = units[at + 2] ?? '';
			if (LETTER.test(third)) {
				return this.#tag(at, at + 2, 'end');
			}
			if (third === '>') {
				return newToken('junk', at, at + 3);
			}
			return third ? this.#until(at, '>', 'comment') : null;
		}
		if (after === '!') {
			return this.#declaration(at);
		}
		return after === '?' ? this.#until(at, '>', 'comment') : null;
	}

	#until(at, mark, kind, mode = '') {
		const end = this.units.indexOf(mark, at);
		return newToken(kind, at, end === -1 ? this.size : end + mark.length, {mode});
	}

	#declaration(at) {
		const {units} = this;
		if (units.startsWith('<!--', at)) {
			const body = at + 4;
			for (const short of ['>', '->']) {
				if (units.startsWith(short, body)) {
					return newToken('comment', at, body + short.length);
				}
			}
			COMMENT_END.lastIndex = body;
			return newToken('comment', at, COMMENT_END.test(units) ? COMMENT_END.lastIndex : this.size);
		}
		if (lower(units.slice(at + 2, at + 9)) === 'doctype') {
			return this.#until(at, '>', 'doctype');
		}
		if (units.startsWith('<![CDATA[', at) && this.namespaces.isForeign) {
			const close = units.indexOf(']]>', at + 9);
			return newToken('text', at, close === -1 ? this.size : close + 3, {mode: 'cdata'});
		}
		return this.#until(at, '>', 'comment');
	}

	/** A whole tag; one that the file ends in is dropped, as browsers do. */
	#tag(at, nameAt, kind) {
		const {units, size} = this;
		let position = seek(NAME_END, units, nameAt);
		const name = lower(units.slice(nameAt, position));
		const attributes = [];
		const seen = new Set();
		while (position < size) {
			const gap = position;
			position = seek(GAP_END, units, position);
			if (position >= size) {
				break;
			}
			if (units[position] === '>') {
				const selfClosing = position > gap && units[position - 1] === '/';
				return newToken(kind, at, position + 1, {name, attributes, selfClosing});
			}
			const [attribute, end] = this.#attribute(position);
			position = end;
			if (attribute && !seen.has(attribute.name)) {
				seen.add(attribute.name);
				attributes.push(attribute);
			}
		}
		return newToken('junk', at, size);
	}

	/** The attribute at `at` and where it ends; null where the file ends first. @returns {[Attribute | null, number]} */
	#attribute(at) {
		const {units, size} = this;
		// A leading `=` belongs to the name.
		const nameEnd = seek(ATTRIBUTE_NAME_END, units, at + 1);
		const name = lower(units.slice(at, nameEnd));
		let position = seek(SPACE_END, units, nameEnd);
		if (units[position] !== '=') {
			return [{name, start: at, valueStart: nameEnd, valueEnd: nameEnd, quote: null}, position];
		}
		position = seek(SPACE_END, units, position + 1);
		if (position >= size) {
			return [null, size];
		}
		const quote = units[position];
		if (quote === '>') {
			return [{name, start: at, valueStart: position, valueEnd: position, quote: ''}, position];
		}
		if (quote === '"' || quote === "'") {
			const end = units.indexOf(quote, position + 1);
			return end === -1 ? [null, size] : [{name, start: at, valueStart: position + 1, valueEnd: end, quote}, end + 1];
		}
		const end = seek(UNQUOTED_END, units, position);
		return [{name, start: at, valueStart: position, valueEnd: end, quote: ''}, end];
	}

	/** Text of title, script and the like, up to the end tag that fits, and that end tag. */
	* #raw() {
		const begin = this.at;
		const end = this.#rawEnd();
		if (end > begin) {
			yield newToken('text', begin, end, {mode: this.mode, depth: this.namespaces.depth});
		}
		this.at = end;
		this.mode = 'data';
		if (end < this.size) {
			const token = this.#tag(end, end + 2, 'end');
			this.at = token.end;
			yield this.#feedBack(token);
		}
	}

	#rawEnd() {
		if (this.mode === 'script') {
			return this.#scriptEnd();
		}
		if (this.mode === 'plaintext' || !this.lastTag) {
			return this.size;
		}
		const close = new RegExp(`</${this.lastTag}(?=[\\t\\n\\f\\r />])`, 'gi');
		close.lastIndex = this.at;
		return close.exec(this.units)?.index ?? this.size;
	}

	/** The `</script` that ends a script, with the two levels of `<!-- <script>` escapes. */
	#scriptEnd() {
		let level = 0;
		let found;
		SCRIPT_MARK.lastIndex = this.at;
		while ((found = SCRIPT_MARK.exec(this.units))) {
			const mark = found[0].toLowerCase();
			if (mark === '<!--') {
				level ||= 1;
				// `<!-->` opens and closes at once: its dashes count for both.
				SCRIPT_MARK.lastIndex -= 2;
			} else if (mark === '-->') {
				level = 0;
			} else if (mark === '<script') {
				level = level === 1 ? 2 : level;
			} else if (level === 2) {
				level = 1;
			} else {
				return found.index;
			}
		}
		return this.size;
	}
}
