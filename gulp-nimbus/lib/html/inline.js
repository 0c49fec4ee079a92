/** The numbered markup that a model sees: written from a run, and read strictly from an answer. */
import {collapse, escape, hasLetter} from './chars.js';
import {Item, trim} from './runs.js';

const ANSWER = /([^<>&]+)|&(amp|lt|gt);|<(\/?)([a-z]+)([1-9][0-9]{0,5})(\/?)>/y;
const ENTITIES = {amp: '&', lt: '<', gt: '>'};
// White space is collapsed; every other control character would be invisible or illegal in a page.
const CONTROL = /[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]/u;
// What a template engine, at the server or in the browser, would take for its own.
const TEMPLATE = /\{\{|\}\}|\{%|%\}|\{#|#\}|\$\{|#\{|<%|%>|\[\[|\]\]/g;

/** Number the tags of a trimmed piece and write its content. */
export function write(items) {
	let number = 0;
	const openLabels = [];
	const out = [];
	items.forEach((item, index) => {
		if (item.kind === 'text') {
			let text = collapse(item.text ?? '');
			text = index === 0 ? text.replace(/^ /, '') : text;
			out.push(escape(index === items.length - 1 ? text.replace(/ $/, '') : text));
		} else if (item.kind === 'close') {
			item.label = openLabels.pop();
			out.push(`</${item.label}>`);
		} else {
			number++;
			item.label = `${item.name}${number}`;
			if (item.kind === 'open') {
				openLabels.push(item.label);
			}
			out.push(item.kind === 'open' ? `<${item.label}>` : `<${item.label}/>`);
		}
	});
	return out.join('');
}

/** The items of a content, each with its label; null when it is not strictly of our form. @returns {Item[] | null} */
export function parse(content) {
	const items = [];
	const stack = [];
	ANSWER.lastIndex = 0;
	while (ANSWER.lastIndex < content.length) {
		const found = ANSWER.exec(content);
		if (found === null) {
			return null;
		}
		if (found[1] || found[2]) {
			const text = found[1] || ENTITIES[found[2]];
			if (items.at(-1)?.kind === 'text') {
				items.at(-1).text += text;
			} else {
				items.push(new Item('text', '', text));
			}
			continue;
		}
		const label = found[4] + found[5];
		const isClose = Boolean(found[3]);
		const isAtom = Boolean(found[6]);
		if (isClose && (isAtom || stack.pop() !== label)) {
			return null;
		}
		if (!isClose && !isAtom) {
			stack.push(label);
		}
		items.push(new Item(isClose ? 'close' : isAtom ? 'atom' : 'open', found[4], '', -1, -1, label));
	}
	return stack.length ? null : items;
}

export function hasControl(text) {
	return CONTROL.test(text);
}

/** Whether a template mark comes more often than before. */
export function addsTemplate(old, now) {
	const left = new Map();
	for (const mark of old.match(TEMPLATE) ?? []) {
		left.set(mark, (left.get(mark) ?? 0) + 1);
	}
	return (now.match(TEMPLATE) ?? []).some(mark => {
		left.set(mark, (left.get(mark) ?? 0) - 1);
		return left.get(mark) < 0;
	});
}

function wordsOf(items) {
	return items.filter(item => item.kind === 'text').map(item => item.text ?? '').join('');
}

/** The content a page would show for these items; "" when it would offer no block. */
export function canonical(items) {
	const [left] = trim(items.map(({kind, name, text}) => new Item(kind, name, text)));
	return left.some(item => item.kind === 'text' && hasLetter(item.text ?? '')) ? write(left) : '';
}

/** The parent of each label, the atoms in order, the pairs with text somewhere inside. */
function shape(items) {
	const parents = new Map();
	const atoms = [];
	const texts = new Set();
	const stack = [];
	for (const item of items) {
		if (item.kind === 'text') {
			if (!item.isBlank && stack.length) {
				texts.add(stack.at(-1));
			}
		} else if (item.kind === 'close') {
			const label = stack.pop();
			if (texts.has(label) && stack.length) {
				texts.add(stack.at(-1));
			}
		} else {
			parents.set(parents.has(item.label) ? `${item.label} again` : item.label, stack.at(-1) ?? '');
			if (item.kind === 'open') {
				stack.push(item.label);
			} else {
				atoms.push(item.label);
			}
		}
	}
	return {parents, atoms, texts};
}

function equalMaps(one, other) {
	return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}

/** Why a new content may not take the place of the old one; empty when it may. @param {Item[]} old @param {Item[] | null} now */
export function damage(old, now) {
	if (now === null) {
		return ['markup'];
	}
	const reasons = [];
	if (now.some(item => hasControl(item.text ?? ''))) {
		reasons.push('control');
	}
	if (addsTemplate(wordsOf(old), wordsOf(now))) {
		reasons.push('template');
	}
	const before = shape(old);
	const after = shape(now);
	if (!equalMaps(before.parents, after.parents)) {
		reasons.push('tags');
	} else if (before.atoms.join() !== after.atoms.join()) {
		reasons.push('order');
	}
	if ([...before.texts].some(label => !after.texts.has(label)) || !canonical(now)) {
		reasons.push('empty');
	}
	return reasons;
}
