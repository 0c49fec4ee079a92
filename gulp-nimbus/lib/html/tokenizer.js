/**
 * A WHATWG tokenizer over units (one character a byte, or a UTF-16 code unit); it builds no tree.
 * Offsets are unit offsets into the source. Nothing is decoded: names are ASCII lower case, values are spans.
 */
import {Namespaces} from './foreign.js';
import {rawEnd} from './rawtext.js';
import {NO_TAG, lower, read, scan} from './tags.js';

const RCDATA = new Set(['title', 'textarea']);
const RAWTEXT = new Set(['style', 'iframe', 'xmp', 'noembed', 'noframes', 'noscript']);

const COMMENT_END = /--!?>/g;

/** @typedef {import('./tags.js').Attribute} Attribute */

export class Token {
	/** @param {'text' | 'start' | 'end' | 'comment' | 'doctype' | 'junk'} kind @param {number} start @param {number} end @param {import('./tags.js').Tag} [tag] */
	constructor(kind, start, end, tag = NO_TAG, space = 0, mode = '', depth = 0) {
		this.kind = kind;
		this.start = start;
		this.end = end;
		this.name = tag.name;
		this.tag = tag;
		/** How much white space stands before it that is no token. */
		this.space = space;
		/** Text: data, rcdata, rawtext, script, cdata or plaintext. Tags: empty. */
		this.mode = mode;
		/** Open namespaces after this token: 0 is plain HTML. */
		this.depth = depth;
		/** Whether the tag itself is SVG or MathML. */
		this.foreign = false;
	}

	/** The attributes of a tag, placed in the source. @returns {Attribute[]} */
	get attributes() {
		return this.tag.attributes.map(attribute => this.place(attribute));
	}

	get selfClosing() {
		return this.tag.selfClosing;
	}

	/** An attribute of the tag, by its offsets in the source. @param {Attribute} attribute @returns {Attribute} */
	place({name, start, valueStart, valueEnd, quote}) {
		const at = this.start;
		return {name, start: at + start, valueStart: at + valueStart, valueEnd: at + valueEnd, quote};
	}
}

/** Where text that is no white space begins, at or after `at`. */
function skipSpace(units, at) {
	let code = units.charCodeAt(at);
	while (code === 32 || code === 10 || code === 9 || code === 13 || code === 12) {
		code = units.charCodeAt(++at);
	}
	return at;
}

/** Whether a tag begins at this `<`. */
function isTagAt(units, at) {
	let code = units.charCodeAt(at + 1);
	if (code === 47) {
		code = units.charCodeAt(at + 2);
	}
	return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
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
			yield* this.#next();
		}
	}

	/** Every token. @returns {Token[]} */
	all() {
		const tokens = [];
		while (this.at < this.size) {
			for (const token of this.#next()) {
				tokens.push(token);
			}
		}
		return tokens;
	}

	#next() {
		return this.mode === 'data' ? this.#plain() : this.#raw();
	}

	/** Whether browsers may read a part of this page in another text mode than this tokenizer. */
	get ambiguous() {
		return this.namespaces.ambiguous;
	}

	/** Tokens as long as tags end at the first `>`, as most do, and the one behind them. @returns {Token[]} */
	#plain() {
		const {units, namespaces} = this;
		const tokens = [];
		let {depth} = namespaces;
		for (let at = this.at; ; ) {
			const begin = units.indexOf('<', at);
			const close = begin !== -1 && isTagAt(units, begin) ? units.indexOf('>', begin) : -1;
			const tag = close === -1 ? null : read(units.slice(begin, close + 1));
			if (tag === null) {
				this.at = at;
				tokens.push(...this.#odd());
				return tokens;
			}
			let space = begin - at;
			if (space > 0 && (depth > 0 || skipSpace(units, at) < begin)) {
				tokens.push(new Token('text', at, begin, NO_TAG, 0, 'data', depth));
				space = 0;
			}
			at = close + 1;
			const token = new Token(tag.kind, begin, at, tag, space);
			tokens.push(token);
			if (depth > 0 || tag.isTelling) {
				this.#feedBack(token);
				({depth} = namespaces);
				if (this.mode !== 'data') {
					this.at = at;
					return tokens;
				}
			} else {
				namespaces.pass(tag);
			}
		}
	}

	/** Text and whatever markup ends it: a comment, an unusual tag, the end of the file. @returns {Token[]} */
	#odd() {
		const begin = this.at;
		let token = null;
		let at = this.units.indexOf('<', begin);
		while (at !== -1 && !(token = this.#markup(at))) {
			at = this.units.indexOf('<', at + 1);
		}
		const end = token ? at : this.size;
		const text = end > begin ? [new Token('text', begin, end, NO_TAG, 0, 'data', this.namespaces.depth)] : [];
		this.at = token ? token.end : this.size;
		return token ? [...text, this.#feedBack(token)] : text;
	}

	/** Let the namespaces see a tag, and switch the text mode a start tag asks for. @param {Token} token */
	#feedBack(token) {
		const {tag, name} = token;
		if (token.kind === 'start') {
			token.foreign = this.namespaces.open(name, tag.selfClosing, tag.values);
			this.lastTag = name;
			if (!token.foreign) {
				this.#switch(name);
			}
		} else if (token.kind === 'end') {
			token.foreign = this.namespaces.close(name);
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
		if (isTagAt(units, at)) {
			return this.#tag(at);
		}
		const after = units[at + 1];
		if (after === '/') {
			const third = units[at + 2];
			return third === '>' ? new Token('junk', at, at + 3) : third ? this.#until(at, '>', 'comment') : null;
		}
		if (after === '!') {
			return this.#declaration(at);
		}
		return after === '?' ? this.#until(at, '>', 'comment') : null;
	}

	#until(at, mark, kind) {
		const end = this.units.indexOf(mark, at);
		return new Token(kind, at, end === -1 ? this.size : end + mark.length);
	}

	#declaration(at) {
		const {units} = this;
		if (units.startsWith('<!--', at)) {
			const body = at + 4;
			for (const short of ['>', '->']) {
				if (units.startsWith(short, body)) {
					return new Token('comment', at, body + short.length);
				}
			}
			COMMENT_END.lastIndex = body;
			return new Token('comment', at, COMMENT_END.test(units) ? COMMENT_END.lastIndex : this.size);
		}
		if (lower(units.slice(at + 2, at + 9)) === 'doctype') {
			return this.#until(at, '>', 'doctype');
		}
		if (units.startsWith('<![CDATA[', at) && this.namespaces.isForeign) {
			const close = units.indexOf(']]>', at + 9);
			return new Token('text', at, close === -1 ? this.size : close + 3, NO_TAG, 0, 'cdata');
		}
		return this.#until(at, '>', 'comment');
	}

	/** A whole tag; one that the file ends in is dropped, as browsers do. */
	#tag(at) {
		const found = scan(this.units, at);
		return found ? new Token(found[0].kind, at, found[1], found[0]) : new Token('junk', at, this.size);
	}

	/** Text of title, script and the like, up to the end tag that fits, and that end tag. @returns {Token[]} */
	#raw() {
		const begin = this.at;
		const end = rawEnd(this.units, begin, this.mode, this.lastTag);
		const tokens = end > begin ? [new Token('text', begin, end, NO_TAG, 0, this.mode, this.namespaces.depth)] : [];
		this.at = end;
		this.mode = 'data';
		if (end < this.size) {
			const token = this.#tag(end);
			this.at = token.end;
			tokens.push(this.#feedBack(token));
		}
		return tokens;
	}
}
