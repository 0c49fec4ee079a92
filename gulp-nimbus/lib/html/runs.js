/** Runs of inline content: paired, split where tags do not pair, and trimmed. */

/** One part of a run; `text` is decoded, null where its bytes are invalid. */
export class Item {
	/** @param {'text' | 'open' | 'close' | 'atom'} kind @param {string} [name] @param {string | null} [text] */
	constructor(kind, name = '', text = '', start = -1, end = -1, label = '', href = '') {
		this.kind = kind;
		this.name = name;
		this.text = text;
		this.start = start;
		this.end = end;
		/** Index of the other half of a pair; of no meaning in other items. */
		this.partner = -1;
		this.label = label;
		this.href = href;
	}

	get isBlank() {
		return this.kind === 'text' && this.text !== null && !/[^\t\n\f\r ]/.test(this.text);
	}
}

/** Balanced pieces of a run: a tag without partner, or around such a tag, is a border. @param {Item[]} items */
export function split(items) {
	const borders = new Set();
	const stack = [];
	items.forEach((item, index) => {
		if (item.kind === 'open') {
			stack.push(index);
		} else if (item.kind === 'close') {
			if (stack.length && items[stack.at(-1)].name === item.name) {
				stack.pop();
			} else {
				borders.add(index);
			}
		}
	});
	stack.forEach(index => borders.add(index));
	if (!borders.size) {
		return [items];
	}
	around(items, borders).forEach(index => borders.add(index));
	const pieces = [[]];
	items.forEach((item, index) => {
		if (borders.has(index)) {
			pieces.push([]);
		} else {
			pieces.at(-1).push(item);
		}
	});
	return pieces.filter(piece => piece.length);
}

/** Both halves of every pair that holds a border. */
function around(items, borders) {
	const stack = [];
	const more = [];
	let found = 0;
	items.forEach((item, index) => {
		if (borders.has(index)) {
			found++;
		} else if (item.kind === 'open') {
			stack.push([index, found]);
		} else if (item.kind === 'close') {
			const [opened, before] = stack.pop();
			if (before < found) {
				more.push(opened, index);
			}
		}
	});
	return more;
}

/** Tell both halves of every pair of a balanced piece where the other one is. */
export function link(items) {
	const stack = [];
	items.forEach((item, index) => {
		if (item.kind === 'open') {
			stack.push(index);
		} else if (item.kind === 'close') {
			item.partner = stack.pop();
			items[item.partner].partner = index;
		}
	});
}

/** What is left without edge space, atoms and textless pairs, and the pairs peeled from around it. */
export function trim(items) {
	link(items);
	const solid = [0];
	for (const item of items) {
		solid.push(solid.at(-1) + (item.kind === 'text' && !item.isBlank ? 1 : 0));
	}
	let first = 0;
	let last = items.length;
	const peeled = [];
	while (first < last) {
		const head = items[first];
		const tail = items[last - 1];
		if (head.isBlank || head.kind === 'atom') {
			first++;
		} else if (tail.isBlank || tail.kind === 'atom') {
			last--;
		} else if (head.kind === 'open' && solid[head.partner] === solid[first]) {
			first = head.partner + 1;
		} else if (tail.kind === 'close' && solid[tail.partner] === solid[last]) {
			last = tail.partner;
		} else if (head.kind === 'open' && head.partner === last - 1) {
			peeled.push(head);
			first++;
			last--;
		} else {
			break;
		}
	}
	return [items.slice(first, last), peeled];
}
