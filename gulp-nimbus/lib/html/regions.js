/** The open block elements around a run: what it is called, where it stands, whether it is left alone. */
import {CLOSES_P, IMPLIED_ENDS, SECTIONS, VOID, words} from './names.js';
import {matchesSelector} from './selector.js';

// An end tag of another name never closes these, nor anything around them.
const SCOPES = words('table td th caption');
const TABLE_NAMES = words('table caption tbody thead tfoot tr td th html head body');
const PATH_DEPTH = 16;
/** Elements a page has one of. */
const SINGLE = words('html body head main');

/** An open block element. */
export class Container {
	constructor(name = 'body', region = 'body', isSkipped = false, isHero = false, isSectioned = false) {
		this.name = name;
		this.region = region;
		this.isSkipped = isSkipped;
		this.isHero = isHero;
		this.isSectioned = isSectioned;
		/** Its own id as a selector; "" when it has none that a selector can name. */
		this.idStep = '';
		/** Which of its parent's children of that name it is. */
		this.count = 0;
		/** How many children of each name it has had. @type {Map<string, number> | null} */
		this.children = null;
		/** @type {Map<string, number> | null} */
		this.openNames = null;
		/** @type {Container | null} */
		this.parent = null;
	}

	/** A CSS path for people: not guaranteed to be unique. */
	get path() {
		const steps = [];
		let element = this;
		for (let depth = 0; element && depth < PATH_DEPTH; depth++) {
			if (element.step) {
				steps.push(element.step);
			}
			element = element.idStep ? null : element.parent;
		}
		return steps.reverse().join(' > ') || 'body';
	}

	/** Its step of a CSS path. */
	get step() {
		if (!this.parent) {
			return '';
		}
		if (this.idStep || SINGLE.has(this.name)) {
			return this.idStep || this.name;
		}
		// Names beyond ASCII are bytes here, not letters.
		return /^[\0-\x7f]*$/.test(this.name) ? `${this.name}:nth-of-type(${this.count})` : '';
	}
}

function add(counts, name, step) {
	const count = (counts.get(name) ?? 0) + step;
	counts.set(name, count);
	return count;
}

export class Containers {
	/** @param {import('./selector.js').Part[][]} [hero] */
	constructor(hero = []) {
		const root = new Map();
		this.hero = hero;
		/** @type {Container[]} */
		this.stack = [new Container()];
		this.stack[0].openNames = root;
		this.frames = [root];
		this.totals = new Map();
	}

	get top() {
		return this.stack[this.stack.length - 1];
	}

	/**
	 * Push an element, after the implied end tags of those it closes; void ones are returned only.
	 * @param {import('./tags.js').Tag} tag @param {import('./traits.js').Traits} traits
	 */
	open({name, values}, traits) {
		if (this.top.name === 'p' && CLOSES_P.has(name)) {
			this.#pop();
		}
		const implied = IMPLIED_ENDS.get(name);
		while (implied?.has(this.top.name)) {
			this.#pop();
		}
		const above = this.top;
		const element = new Container(
			name,
			this.#region(traits.region),
			above.isSkipped || traits.isSkipped,
			above.isHero || traits.isHero || (this.hero.length > 0 && matchesSelector(this.hero, name, values)),
			above.isSectioned || SECTIONS.has(name),
		);
		above.children ??= new Map();
		element.count = add(above.children, name, 1);
		element.idStep = traits.idStep;
		element.parent = above;
		if (!VOID.has(name)) {
			this.#push(element);
		}
		return element;
	}

	/** Leave alone whatever follows in every open element. */
	skipRest() {
		for (const element of this.stack) {
			element.isSkipped = true;
		}
	}

	/** Pop up to the innermost element of that name, if one is in scope. */
	close(name) {
		const names = TABLE_NAMES.has(name) ? this.totals : this.frames[this.frames.length - 1];
		if ((names.get(name) ?? 0) > 0) {
			while (this.#pop() !== name);
		}
	}

	#push(element) {
		add(this.frames[this.frames.length - 1], element.name, 1);
		add(this.totals, element.name, 1);
		this.stack.push(element);
		if (SCOPES.has(element.name)) {
			element.openNames = new Map();
			this.frames.push(element.openNames);
		}
	}

	#pop() {
		const element = this.stack.pop();
		if (element.openNames !== null) {
			this.frames.pop();
		}
		add(this.frames[this.frames.length - 1], element.name, -1);
		add(this.totals, element.name, -1);
		return element.name;
	}

	/** The region a tag begins, or the one around it. */
	#region(region) {
		const above = this.top;
		if (!region || (above.isSectioned && (region === 'header' || region === 'footer'))) {
			return above.region === 'head' ? 'body' : above.region;
		}
		return region;
	}
}
