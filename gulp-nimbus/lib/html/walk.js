/** One walk over the tokens of a page: runs between block borders, head fields, attributes worth a block. */
import {Atoms, isBorder} from './atoms.js';
import {attributeBlocks, plainValue} from './attributes.js';
import {newBlock} from './blocks.js';
import {hasLetter, isSpace, unescape} from './chars.js';
import {Head} from './head.js';
import {write} from './inline.js';
import {JsonLd, isJsonLd} from './jsonld.js';
import {HEAD_ONLY, INLINE, NAMED_ATOMS, WITH_IMAGES} from './names.js';
import {Containers} from './regions.js';
import {Item, split, trim} from './runs.js';
import {isLeftAlone, traitsOf} from './traits.js';

/** @typedef {import('./tokenizer.js').Token} Token */

export class Walk {
	/** @type {Item[]} */
	#run = [];
	#hasText = false;
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
		this.#atoms = new Atoms(source.units, tokens);
		for (let index = 0; index < tokens.length;) {
			index = this.#step(index, tokens[index]);
		}
		this.#flush();
		this.blocks.sort((one, other) => one.start - other.start);
	}

	/** Take the token at `index`. @returns {number} the index of the next one to take */
	#step(index, token) {
		const {kind} = token;
		if (kind === 'start') {
			return this.#start(index, token);
		}
		if (kind === 'text') {
			this.#text(token);
		} else if (kind === 'end' && isBorder(token)) {
			this.#flush();
			this.containers.close(token.name);
		} else {
			this.#close(index, token);
		}
		return index + 1;
	}

	/** Take an end tag inside a run, or something that is neither tag nor text. */
	#close(index, token) {
		const {name} = token;
		if (this.#leftAlone.has(index)) {
			this.#flush();
			this.#leftAlone.get(index).isSkipped = false;
		} else if (token.kind === 'end' && INLINE.has(name)) {
			this.#add('close', name, token, token.end);
		} else {
			// Browsers make a line break of `</br>`; other stray tags, comments and the like are kept as they are.
			this.#add('atom', name === 'br' ? 'br' : 'x', token, token.end);
		}
	}

	/** A tag or an atom to the run, behind the white space before it; a run's first would be trimmed. */
	#add(kind, name, {start, space}, end, href = '') {
		if (space > 0 && this.#run.length) {
			this.#run.push(new Item('text', '', ' ', start - space, start));
		}
		this.#run.push(new Item(kind, name, '', start, end, '', href));
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
		const item = new Item('text', '', text, token.start, token.end);
		if (!item.isBlank) {
			this.#beforeContent = false;
			this.#leaveHead();
			this.#hasText = true;
		}
		this.#run.push(item);
	}

	#leaveHead() {
		if (this.containers.top.name === 'head') {
			this.#flush();
			this.containers.close('head');
		}
	}

	#start(index, token) {
		const {name, tag} = token;
		if (!token.foreign) {
			if (!HEAD_ONLY.has(name)) {
				this.#beforeContent = false;
				this.#leaveHead();
			} else if (Head.NAMES.has(name)) {
				this.head.take(this.tokens, index, this.#beforeContent);
			}
		}
		const traits = traitsOf(tag);
		const last = traits.mayBeAtom || token.foreign ? this.#atoms.endOf(index, traits) : null;
		if (last !== null) {
			this.#opaque(index, last, traits);
			return last + 1;
		}
		if (!INLINE.has(name)) {
			this.#flush();
			const element = this.containers.open(tag, traits);
			if (element.region === 'main' && this.mainSelector === 'body') {
				this.mainSelector = element.idStep || (name === 'main' ? 'main' : '[role="main"]');
			}
			this.#attributes(token, traits, element);
		} else if (traits.isLeftAlone && this.#isLeftAlone(index, tag)) {
			this.#leaveAlone(index);
		} else {
			this.#add('open', name, token, token.end, name === 'a' ? plainValue(this.source, tag, 'href') : '');
			this.#attributes(token, traits, this.containers.top);
		}
		return index + 1;
	}

	#isLeftAlone(index, tag) {
		return this.#atoms.partnerOf(index) !== undefined || isLeftAlone(tag.values, 'aria-hidden');
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

	#opaque(index, last, traits) {
		const token = this.tokens[index];
		const {name} = token;
		const element = this.containers.top;
		this.#add('atom', NAMED_ATOMS.has(name) ? name : 'x', token, this.tokens[last].end);
		if (name === 'template' && last === index && !token.foreign) {
			// Without its end tag the rest of the page is inside, and nobody sees it.
			this.#flush();
			this.containers.skipRest();
		}
		if (traits.isLeftAlone || element.isSkipped) {
			return;
		}
		if (last === index + 2 && isJsonLd(name, token.tag.values.get('type') ?? '')) {
			this.jsonLd.take(this.tokens[index + 1], element);
		}
		this.#attributes(token, traits, element);
		if (WITH_IMAGES.has(name)) {
			for (const inner of this.tokens.slice(index + 1, last)) {
				if (inner.kind === 'start' && (inner.name === 'img' || inner.name === 'area')) {
					this.#attributes(inner, traitsOf(inner.tag), element);
				}
			}
		}
	}

	/** Turn the run so far into blocks. */
	#flush() {
		if (!this.#run.length) {
			return;
		}
		const run = this.#run;
		const hasText = this.#hasText;
		this.#run = [];
		this.#hasText = false;
		const element = this.containers.top;
		if (!hasText || element.isSkipped || element.region === 'head') {
			return;
		}
		if (run.length === 1) {
			this.#piece(run, [], element);
			return;
		}
		for (const piece of split(run)) {
			const [items, peeled] = trim(piece);
			this.#piece(items, peeled, element);
		}
	}

	#piece(items, peeled, element) {
		if (items.some(item => item.text === null)) {
			this.undecodable = true;
			return;
		}
		if (!items.some(item => hasLetter(item.text))) {
			return;
		}
		this.#strip(items[0], items[items.length - 1]);
		const href = peeled.find(item => item.href)?.href;
		this.blocks.push(newBlock({
			type: element.name,
			content: write(items),
			start: items[0].start,
			end: items[items.length - 1].end,
			region: element.region,
			attributes: href ? {href} : {},
			items,
			place: element,
			isHero: element.isHero,
		}));
	}

	/** Leave the white space at the edges of a block outside. */
	#strip(first, last) {
		const {units} = this.source;
		while (first.kind === 'text' && isSpace(units[first.start])) {
			first.start++;
		}
		while (last.kind === 'text' && isSpace(units[last.end - 1])) {
			last.end--;
		}
	}

	/** Blocks for the attributes of a tag that visitors read. */
	#attributes(token, traits, element) {
		if (traits.texts.length && !element.isSkipped && element.region !== 'head') {
			const {blocks, isUndecodable} = attributeBlocks(this.source, token, element, this.containers.top);
			this.undecodable ||= isUndecodable;
			this.blocks.push(...blocks);
		}
	}
}
