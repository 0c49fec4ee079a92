/** Which tags belong together, and which of them are one piece of a run. */
import {strip} from './chars.js';
import {INLINE, INLINE_VOID, OPAQUE, PHRASE} from './names.js';

/** @typedef {import('./tokenizer.js').Token} Token */

/** Whether a tag ends the run before it, custom elements aside. @param {Token} token */
export function isBorder(token) {
	const {kind, name} = token;
	return (kind === 'start' || kind === 'end') && !token.foreign && !INLINE.has(name) && !INLINE_VOID.has(name) && !OPAQUE.has(name);
}

export class Atoms {
	/** @type {Map<number, number> | null} */
	#partners = null;
	/** @type {number[] | null} */
	#borders = null;

	/** @param {string} units @param {Token[]} tokens */
	constructor(units, tokens) {
		this.units = units;
		this.tokens = tokens;
	}

	/** The end tag of a start tag, of those that can be atoms; undefined when it has none. @returns {number | undefined} */
	partnerOf(index) {
		this.#partners ??= pair(this.tokens);
		return this.#partners.get(index);
	}

	/** The last token of an atom that starts here; null when this tag starts no atom. @param {import('./traits.js').Traits} traits */
	endOf(index, traits) {
		const token = this.tokens[index];
		const {name} = token;
		if (token.foreign) {
			return this.#foreignEnd(index);
		}
		if (INLINE_VOID.has(name)) {
			return index;
		}
		const partner = this.partnerOf(index);
		if (OPAQUE.has(name)) {
			return partner === undefined || (PHRASE.has(name) && this.#hasBorder(index, partner)) ? index : partner;
		}
		if (partner === undefined) {
			return null;
		}
		if (INLINE.has(name)) {
			return traits.isLeftAlone && !this.#hasBorder(index, partner) ? partner : null;
		}
		return name.includes('-') && this.#isEmpty(index, partner) ? partner : null;
	}

	/** Whether a custom element holds nothing but white space. */
	#isEmpty(index, partner) {
		return partner <= index + 2 && this.tokens.slice(index + 1, partner)
			.every(({kind, start, end}) => kind === 'text' && !strip(this.units.slice(start, end)));
	}

	/** Where the namespace of an svg or math tag is left, or the file ends. */
	#foreignEnd(index) {
		const token = this.tokens[index];
		if (token.selfClosing) {
			return index;
		}
		for (let last = index + 1; last < this.tokens.length; last++) {
			const after = this.tokens[last];
			if (after.depth < token.depth) {
				return after.kind === 'end' && after.foreign ? last : last - 1;
			}
		}
		return this.tokens.length - 1;
	}

	#hasBorder(start, end) {
		this.#borders ??= countBorders(this.tokens);
		return this.#borders[end] > this.#borders[start];
	}
}

/** The end tag of each start tag, name by name, of those that can be atoms. @returns {Map<number, number>} */
function pair(tokens) {
	const partners = new Map();
	const stacks = new Map();
	tokens.forEach(({kind, name, foreign}, index) => {
		if (foreign || !(INLINE.has(name) || OPAQUE.has(name) || name.includes('-'))) {
			return;
		}
		const stack = stacks.get(name);
		if (kind === 'end') {
			if (stack?.length) {
				partners.set(stack.pop(), index);
			}
		} else if (stack) {
			stack.push(index);
		} else {
			stacks.set(name, [index]);
		}
	});
	return partners;
}

/** How many borders precede each token. @returns {number[]} */
function countBorders(tokens) {
	const borders = [0];
	for (const token of tokens) {
		borders.push(borders.at(-1) + (isBorder(token) ? 1 : 0));
	}
	return borders;
}
