/** What a page says about itself outside its text: title, metas, links and language. */
import {collapse, isSpace, lower, strip, terms, unescape} from './chars.js';
import {words} from './names.js';

export const FIXED = ['title', 'metaDescription', 'canonical', 'favicon', 'lang'];
/** What a page says elsewhere in place of its title and description. */
export const FOLLOWERS = new Map([
	['og:title', 'title'],
	['twitter:title', 'title'],
	['og:description', 'metaDescription'],
	['twitter:description', 'metaDescription'],
]);
export const EDITABLE = ['title', 'metaDescription', ...FOLLOWERS.keys()];
const TAKEN = ['title', 'canonical', 'favicon', 'lang'];

/** @typedef {{value: string, start: number, end: number, quote: string | null, isEarly: boolean}} Field
 * A head value and its place; `quote` is null for the title's text. `isEarly`: before any content, so certain even on an
 * ambiguous page. */

export class Head {
	/** Start tags worth a look. */
	static NAMES = words('html head title meta link');

	#isEarly = true;

	/** @param {import('./source.js').Source} source */
	constructor(source) {
		this.source = source;
		/** @type {Map<string, Field>} */
		this.fields = new Map();
		/** @type {import('./tokenizer.js').Token | null} */
		this.title = null;
		/** Tags before any content, which a missing field can be inserted after. @type {import('./tokenizer.js').Token | null} */
		this.titleEnd = null;
		this.charset = null;
		this.opening = null;
		/** @type {boolean | null} */
		this.usesSlash = null;
	}

	/** Look at a start tag outside opaque elements. */
	take(tokens, index, isBeforeContent) {
		const token = tokens[index];
		this.#isEarly = isBeforeContent;
		if (isBeforeContent) {
			this.#notePlace(tokens, index);
		}
		const values = new Map(token.attributes.map(attribute => [attribute.name, attribute]));
		if (token.name === 'title') {
			this.#takeTitle(tokens, index);
		} else if (token.name === 'meta') {
			this.#takeMeta(token, values);
		} else if (token.name === 'link') {
			this.#takeLink(token, values);
		} else if (token.name === 'html' && values.has('lang')) {
			this.#keep('lang', values.get('lang'));
		}
	}

	/** The five fixed fields ("" when absent), then metas by name in page order. @returns {Object<string, string>} */
	values() {
		const found = FIXED.map(name => [name, this.fields.get(name)?.value ?? '']);
		for (const [name, field] of this.fields) {
			if (!FIXED.includes(name)) {
				found.push([name, field.value]);
			}
		}
		// A meta may be called `__proto__`: fromEntries makes it a field like any other.
		return Object.fromEntries(found);
	}

	/** Forget what stands behind the first content. */
	keepEarly() {
		this.fields = new Map([...this.fields].filter(([, field]) => field.isEarly));
	}

	#notePlace(tokens, index) {
		const token = tokens[index];
		if (token.name === 'head') {
			this.opening ??= token;
		} else if (token.name === 'meta' && this.#isCharset(token)) {
			this.charset ??= token;
		} else if (token.name === 'title') {
			this.titleEnd ??= tokens.slice(index + 1, index + 3).find(each => each.kind === 'end') ?? null;
		}
	}

	#isCharset(token) {
		return token.attributes.some(attribute => attribute.name === 'charset'
			|| (attribute.name === 'http-equiv' && lower(this.#raw(attribute)) === 'content-type'));
	}

	#takeTitle(tokens, index) {
		const following = tokens.slice(index + 1, index + 3);
		if (this.title || !following.length) {
			return;
		}
		const text = following[0].kind === 'text' ? following[0] : null;
		const end = text ? following.at(-1) : following[0];
		if (end.kind !== 'end' || end.name !== 'title') {
			return;
		}
		this.title = end;
		let start = text ? text.start : end.start;
		let stop = text ? text.end : end.start;
		const {units} = this.source;
		while (start < stop && isSpace(units[start])) {
			start++;
		}
		while (stop > start && isSpace(units[stop - 1])) {
			stop--;
		}
		const value = this.source.decode(start, stop);
		if (value !== null) {
			this.fields.set('title', {value: strip(collapse(unescape(value))), start, end: stop, quote: null, isEarly: this.#isEarly});
		}
	}

	#takeMeta(token, values) {
		this.#noteSlash(token);
		if (this.#isCharset(token)) {
			return;
		}
		let name = strip(lower(this.#raw(values.get('name')) || this.#raw(values.get('property'))));
		if (name === 'description') {
			name = 'metaDescription';
		} else if (TAKEN.includes(name) || !/^[\0-\x7f]*$/.test(name)) {
			return;
		}
		if (name && values.has('content')) {
			this.#keep(name, values.get('content'));
		}
	}

	#takeLink(token, values) {
		this.#noteSlash(token);
		const rel = terms(this.#raw(values.get('rel')));
		if (values.has('href') && rel.includes('canonical')) {
			this.#keep('canonical', values.get('href'));
		}
		if (values.has('href') && rel.includes('icon')) {
			this.#keep('favicon', values.get('href'));
		}
	}

	#noteSlash(token) {
		this.usesSlash ??= token.selfClosing;
	}

	#raw(attribute) {
		return attribute ? this.source.units.slice(attribute.valueStart, attribute.valueEnd) : '';
	}

	/** The first of a name wins, as it does in browsers and search engines. */
	#keep(name, attribute) {
		const text = this.source.decode(attribute.valueStart, attribute.valueEnd);
		if (!this.fields.has(name) && text !== null && attribute.quote !== null) {
			const value = strip(collapse(unescape(text, true)));
			const {valueStart: start, valueEnd: end, quote} = attribute;
			this.fields.set(name, {value, start, end, quote, isEarly: this.#isEarly});
		}
	}
}
