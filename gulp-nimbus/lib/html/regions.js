/** The open block elements around a run: what it is called, where it stands, whether it is left alone. */
import {lower, terms} from './chars.js';
import {CLOSES_P, IMPLIED_ENDS, REGIONS, ROLES, SECTIONS, SKIPPED, VOID, words} from './names.js';
import {matchesSelector} from './selector.js';

// An end tag of another name never closes these, nor anything around them.
const SCOPES = words('table td th caption');
const TABLE_NAMES = words('table caption tbody thead tfoot tr td th html head body');
const PATH_DEPTH = 16;
const PLAIN_ID = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** @typedef {{name: string, region: string, isSkipped: boolean, isHero: boolean, isSectioned: boolean, step: string,
 * hasId: boolean, children: Map<string, number>, openNames: Map<string, number> | null}} Container
 * `step`: its own step of a CSS path; `children`: how many of each name it has had. */

/** @returns {Container} */
function newContainer(fields) {
	return {
		name: 'body', region: 'body', isSkipped: false, isHero: false, isSectioned: false,
		step: '', hasId: false, children: new Map(), openNames: null, ...fields,
	};
}

/** Whether the page asks not to touch an element, or hides it, `besides` by this attribute. @param {Map<string, string>} values */
export function isLeftAlone(values, besides = '') {
	if (values.size === 0) {
		return false;
	}
	const style = terms(values.get('style') ?? '').join('');
	return values.has('hidden')
		// Icons are often left open: then all that follows would count as hidden.
		|| (besides !== 'aria-hidden' && lower(values.get('aria-hidden') ?? '') === 'true')
		|| lower(values.get('translate') ?? '') === 'no'
		|| terms(values.get('class') ?? '').includes('notranslate')
		|| terms(values.get('data-nimbus') ?? '').includes('skip')
		|| style.includes('display:none')
		|| style.includes('visibility:hidden');
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
		this.stack = [newContainer({openNames: root})];
		this.frames = [root];
		this.totals = new Map();
	}

	get top() {
		return this.stack.at(-1);
	}

	/** Push an element, after the implied end tags of those it closes; void ones are returned only. */
	open(name, values) {
		if (CLOSES_P.has(name) && this.top.name === 'p') {
			this.#pop();
		}
		const implied = IMPLIED_ENDS.get(name);
		while (implied?.has(this.top.name)) {
			this.#pop();
		}
		const above = this.top;
		const count = add(above.children, name, 1);
		const element = newContainer({
			name,
			region: this.#region(name, values),
			isSkipped: above.isSkipped || SKIPPED.has(name) || isLeftAlone(values),
			isHero: above.isHero || terms(values.get('data-nimbus') ?? '').includes('hero')
				|| matchesSelector(this.hero, name, values),
			isSectioned: above.isSectioned || SECTIONS.has(name),
			...step(name, count, values),
		});
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
		const names = TABLE_NAMES.has(name) ? this.totals : this.frames.at(-1);
		if ((names.get(name) ?? 0) > 0) {
			while (this.#pop() !== name);
		}
	}

	/** A CSS path for people: not guaranteed to be unique. */
	path() {
		const steps = [];
		for (const element of this.stack.slice(-PATH_DEPTH).reverse()) {
			if (element.step) {
				steps.push(element.step);
			}
			if (element.hasId) {
				break;
			}
		}
		return steps.reverse().join(' > ') || 'body';
	}

	#push(element) {
		add(this.frames.at(-1), element.name, 1);
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
		add(this.frames.at(-1), element.name, -1);
		add(this.totals, element.name, -1);
		return element.name;
	}

	#region(name, values) {
		if (name === 'head') {
			return 'head';
		}
		const above = this.top;
		const region = ROLES.get(lower(values.get('role') ?? '')) ?? name;
		if (!REGIONS.has(region) || (above.isSectioned && (region === 'header' || region === 'footer'))) {
			return above.region === 'head' ? 'body' : above.region;
		}
		return region;
	}
}

function step(name, count, values) {
	const id = values.get('id') ?? '';
	if (PLAIN_ID.test(id)) {
		return {step: `#${id}`, hasId: true};
	}
	if (['html', 'body', 'head', 'main'].includes(name)) {
		return {step: name, hasId: false};
	}
	// Names beyond ASCII are bytes here, not letters.
	return {step: /^[\0-\x7f]*$/.test(name) ? `${name}:nth-of-type(${count})` : '', hasId: false};
}
