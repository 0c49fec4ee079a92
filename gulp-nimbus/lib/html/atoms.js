/** Which tags belong together, and which of them are one piece of a run. */
import {strip} from './chars.js';
import {INLINE, INLINE_VOID, OPAQUE, PHRASE, VOID} from './names.js';
import {isLeftAlone} from './regions.js';

/** @typedef {import('./tokenizer.js').Token} Token */

/** Whether a tag ends the run before it, custom elements aside. @param {Token} token */
export function isBorder(token) {
	const {kind, name} = token;
	return (kind === 'start' || kind === 'end') && !token.foreign && !INLINE.has(name) && !INLINE_VOID.has(name) && !OPAQUE.has(name);
}

export class Atoms {
	/** The end tag of each start tag. @type {Map<number, number>} */
	#partners = new Map();
	/** How many borders precede each token. */
	#borders = [0];

	/** @param {import('./source.js').Source} source @param {Token[]} tokens */
	constructor(source, tokens) {
		this.source = source;
		this.tokens = tokens;
		this.#pair();
	}

	/** Find partners name by name, and count borders. */
	#pair() {
		const stacks = new Map();
		this.tokens.forEach((token, index) => {
			this.#borders.push(this.#borders[index] + (isBorder(token) ? 1 : 0));
			if (token.foreign || VOID.has(token.name)) {
				return;
			}
			if (token.kind === 'start') {
				const stack = stacks.get(token.name);
				if (stack) {
					stack.push(index);
				} else {
					stacks.set(token.name, [index]);
				}
			} else if (token.kind === 'end' && stacks.get(token.name)?.length) {
				this.#partners.set(stacks.get(token.name).pop(), index);
			}
		});
	}

	/** The end tag of a start tag; undefined where it has none. */
	partnerOf(index) {
		return this.#partners.get(index);
	}

	/** The last token of an atom that starts here; null when this tag starts no atom. */
	endOf(index, values) {
		const token = this.tokens[index];
		if (token.foreign) {
			return this.#foreignEnd(index);
		}
		if (INLINE_VOID.has(token.name)) {
			return index;
		}
		const partner = this.#partners.get(index);
		if (OPAQUE.has(token.name)) {
			return partner === undefined || (PHRASE.has(token.name) && this.#hasBorder(index, partner)) ? index : partner;
		}
		if (partner === undefined) {
			return null;
		}
		if (INLINE.has(token.name)) {
			return isLeftAlone(values) && !this.#hasBorder(index, partner) ? partner : null;
		}
		if (token.name.includes('-')) {
			const between = this.tokens.slice(index + 1, Math.min(partner, index + 3));
			const isEmpty = between.every(each => each.kind === 'text' && !strip(this.source.units.slice(each.start, each.end)));
			return isEmpty && partner <= index + 2 ? partner : null;
		}
		return null;
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
		return this.#borders[end] > this.#borders[start];
	}
}
