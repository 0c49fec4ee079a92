/** One walk over the tokens of a page: runs between block borders, head fields, attributes worth a block. */
import {Atoms, isBorder} from './atoms.js';
import {newBlock} from './blocks.js';
import {collapse, escape, hasLetter, isSpace, lower, strip, unescape} from './chars.js';
import {Head} from './head.js';
import {write} from './inline.js';
import {JsonLd, isJsonLd} from './jsonld.js';
import {BUTTON_TYPES, HEAD_ONLY, INLINE, NAMED_ATOMS, TEXT_ATTRIBUTES, WITH_IMAGES, words} from './names.js';
import {Containers, isLeftAlone} from './regions.js';
import {Item, split, trim} from './runs.js';
import {valuesOf} from './tokenizer.js';

/** @typedef {import('./tokenizer.js').Token} Token */

const ALT = words('img area input');
const PLACEHOLDER = words('input textarea');
const NO_TEXT_ATTRIBUTES = words('link meta style script title');

export class Walk {
	/** @type {Item[]} */
	#run = [];
	/** Until the first text or tag that can't stand in a head. */
	#beforeContent = true;
	/** @type {Atoms} */
	#atoms;
	/** Containers that are skipped until the end tag of an inline element is reached. @type {Map<number, object>} */
	#leftAlone = new Map();

	/** @param {import('./source.js').Source} source @param {Token[]} tokens @param {import('./selector.js').Part[][]} hero */
	constructor(source, tokens, hero = []) {
		this.source = source;
		this.tokens = tokens;
		this.containers = new Containers(hero);
		this.head = new Head(source);
		this.jsonLd = new JsonLd(source);
		/** @type {import('./blocks.js').Block[]} */
		this.blocks = [];
		this.mainSelector = 'body';
		this.undecodable = false;
		this.#atoms = new Atoms(source, tokens);
		for (let index = 0; index < tokens.length;) {
			index = this.#step(index);
		}
		this.#flush();
		this.blocks.sort((one, other) => one.start - other.start);
	}

	/** Take the token at `index`. @returns {number} the index of the next one to take */
	#step(index) {
		const token = this.tokens[index];
		if (token.kind === 'start') {
			return this.#start(index);
		}
		if (token.kind === 'text') {
			this.#text(token);
		} else if (token.kind === 'end' && isBorder(token)) {
			this.#flush();
			this.containers.close(token.name);
		} else if (this.#leftAlone.has(index)) {
			this.#flush();
			this.#leftAlone.get(index).isSkipped = false;
		} else if (token.kind === 'end' && INLINE.has(token.name)) {
			this.#run.push(new Item('close', {name: token.name, start: token.start, end: token.end}));
		} else {
			// Browsers make a line break of `</br>`; other stray tags, comments and the like are kept as they are.
			this.#atom(token, token, token.name === 'br' ? 'br' : 'x');
		}
		return index + 1;
	}

	#text(token) {
		if (token.mode !== 'data') {
			this.#flush();
			return;
		}
		let text = this.source.decode(token.start, token.end);
		if (text !== null) {
			text = text.includes('\0') ? null : unescape(text);
		}
		const item = new Item('text', {text, start: token.start, end: token.end});
		if (!item.isBlank) {
			this.#beforeContent = false;
			this.#leaveHead();
		}
		this.#run.push(item);
	}

	#leaveHead() {
		if (this.containers.top.name === 'head') {
			this.#flush();
			this.containers.close('head');
		}
	}

	#start(index) {
		const token = this.tokens[index];
		if (!token.foreign) {
			this.#beforeContent &&= HEAD_ONLY.has(token.name);
			this.head.take(this.tokens, index, this.#beforeContent);
			if (!HEAD_ONLY.has(token.name)) {
				this.#leaveHead();
			}
		}
		const values = valuesOf(this.source.units, token);
		const last = this.#atoms.endOf(index, values);
		if (last !== null) {
			this.#opaque(index, last, values);
			return last + 1;
		}
		if (INLINE.has(token.name) && isLeftAlone(values, this.#atoms.partnerOf(index) === undefined ? 'aria-hidden' : '')) {
			this.#leaveAlone(index);
			return index + 1;
		}
		if (INLINE.has(token.name)) {
			const href = token.name === 'a' ? this.#plain(token, 'href') : '';
			this.#run.push(new Item('open', {name: token.name, start: token.start, end: token.end, href}));
			this.#attributes(token, this.containers.top);
			return index + 1;
		}
		this.#flush();
		const element = this.containers.open(token.name, values);
		if (element.region === 'main' && this.mainSelector === 'body') {
			this.mainSelector = element.hasId ? element.step : token.name === 'main' ? 'main' : '[role="main"]';
		}
		this.#attributes(token, element);
		return index + 1;
	}

	/** An inline element with borders in it, or without an end: the container is skipped as long. */
	#leaveAlone(index) {
		this.#flush();
		const element = this.containers.top;
		const partner = this.#atoms.partnerOf(index);
		if (partner !== undefined && !element.isSkipped) {
			this.#leftAlone.set(partner, element);
		}
		element.isSkipped = true;
	}

	#opaque(index, last, values) {
		const token = this.tokens[index];
		const element = this.containers.top;
		this.#atom(token, this.tokens[last], NAMED_ATOMS.has(token.name) ? token.name : 'x');
		if (token.name === 'template' && last === index && !token.foreign) {
			// Without its end tag the rest of the page is inside, and nobody sees it.
			this.#flush();
			this.containers.skipRest();
		}
		if (isLeftAlone(values) || element.isSkipped) {
			return;
		}
		if (last === index + 2 && isJsonLd(token.name, values.get('type') ?? '')) {
			this.jsonLd.take(this.tokens[index + 1], this.containers.path());
		}
		this.#attributes(token, element);
		if (WITH_IMAGES.has(token.name)) {
			for (const inner of this.tokens.slice(index + 1, last)) {
				if (inner.kind === 'start' && (inner.name === 'img' || inner.name === 'area')) {
					this.#attributes(inner, element);
				}
			}
		}
	}

	#atom(first, last, name) {
		this.#run.push(new Item('atom', {name, start: first.start, end: last.end}));
	}

	/** Turn the run so far into blocks. */
	#flush() {
		const run = this.#run;
		this.#run = [];
		const element = this.containers.top;
		if (element.isSkipped || element.region === 'head') {
			return;
		}
		if (run.some(item => item.kind === 'text' && !item.isBlank)) {
			for (const piece of split(run)) {
				this.#piece(piece, element);
			}
		}
	}

	#piece(piece, element) {
		const [items, peeled] = trim(piece);
		const texts = items.filter(item => item.kind === 'text').map(item => item.text);
		if (texts.includes(null)) {
			this.undecodable = true;
			return;
		}
		if (!texts.some(hasLetter)) {
			return;
		}
		const {units} = this.source;
		const first = items[0];
		const last = items.at(-1);
		while (first.kind === 'text' && isSpace(units[first.start])) {
			first.start++;
		}
		while (last.kind === 'text' && isSpace(units[last.end - 1])) {
			last.end--;
		}
		const href = peeled.find(item => item.href)?.href;
		this.blocks.push(newBlock({
			type: element.name,
			content: write(items),
			start: first.start,
			end: last.end,
			region: element.region,
			attributes: href ? {href} : {},
			items,
			path: this.containers.path(),
			isHero: element.isHero,
		}));
	}

	/** Blocks for the attributes of a tag that visitors read. */
	#attributes(token, element) {
		if (element.isSkipped || element.region === 'head' || NO_TEXT_ATTRIBUTES.has(token.name)) {
			return;
		}
		if (token.name === 'input' && lower(this.#plain(token, 'type')) === 'hidden') {
			return;
		}
		for (const attribute of token.attributes) {
			if (attribute.quote === null || !this.#isTextAttribute(token, attribute.name)) {
				continue;
			}
			const text = this.source.decode(attribute.valueStart, attribute.valueEnd);
			if (text === null || text.includes('\0')) {
				this.undecodable = true;
				continue;
			}
			const content = strip(collapse(unescape(text, true)));
			if (hasLetter(content)) {
				this.#attributeBlock(token, attribute, content, element);
			}
		}
	}

	#attributeBlock(token, attribute, content, element) {
		const attributes = {attr: attribute.name};
		for (const name of ['src', 'href']) {
			const value = this.#plain(token, name);
			if (value) {
				attributes[name] = value;
			}
		}
		this.blocks.push(newBlock({
			type: token.name,
			content: escape(content),
			start: attribute.valueStart,
			end: attribute.valueEnd,
			region: element.region,
			attr: attribute.name,
			quote: attribute.quote,
			attributes,
			path: this.containers.path(),
			isHero: element.isHero,
		}));
	}

	#isTextAttribute(token, name) {
		if (name === 'alt') {
			return ALT.has(token.name);
		}
		if (name === 'placeholder') {
			return PLACEHOLDER.has(token.name);
		}
		if (name === 'value') {
			return token.name === 'input' && BUTTON_TYPES.has(lower(this.#plain(token, 'type')));
		}
		return TEXT_ATTRIBUTES.has(name);
	}

	/** A decoded attribute value; "" when absent or undecodable. */
	#plain(token, name) {
		const attribute = token.attributes.find(each => each.name === name);
		const text = attribute ? this.source.decode(attribute.valueStart, attribute.valueEnd) : '';
		return strip(unescape(text ?? '', true));
	}
}
