/** Write approved text into a page, and prove that nothing else changed. */
import {collapse} from './chars.js';
import {Refuse} from './encoding.js';
import {EDITABLE, FOLLOWERS} from './head.js';
import {addsTemplate, canonical, damage, hasControl, parse} from './inline.js';
import {Page} from './page.js';
import {Patcher} from './patcher.js';
import {isProved} from './proof.js';
import {alreadyWritten, splitId} from './repeats.js';

const INSERTABLE = ['title', 'metaDescription'];

/** One apply: what was asked, what of it is possible, and what the page must show afterwards. */
class Edit {
	#all;
	#blocks;
	#contents;

	/** @param {Page} page */
	constructor(page) {
		this.page = page;
		this.patcher = new Patcher(page.source);
		/** @type {Map<string, string>} */
		this.report = new Map();
		/** @type {Map<string, string>} */
		this.wanted = new Map();
		/** @type {Map<string, string>} */
		this.headWanted = new Map();
		this.#all = [...page.blocks, ...page.jsonLd.blocks];
		this.#blocks = new Map(this.#all.map(block => [block.id, block]));
		this.#contents = new Set(this.#all.map(block => block.content));
	}

	/** @param {Object<string, string>} changes */
	changeBlocks(changes) {
		const parsed = new Map(Object.entries(changes).map(([id, content]) => [id, parse(content)]));
		const now = new Map([...parsed].filter(([, items]) => items !== null).map(([id, items]) => [id, canonical(items)]));
		const possible = new Map([...now].filter(([id, text]) => this.#isNew(id, text, parsed.get(id))));
		const repeated = alreadyWritten(this.#all, possible);
		const accepted = [];
		for (const [id, items] of parsed) {
			const status = this.#statusOf(id, items, now.get(id), repeated);
			this.report.set(id, status);
			if (status === 'applied') {
				this.wanted.set(id, now.get(id));
				accepted.push({block: this.#blocks.get(id), items});
			}
		}
		// Attributes first: a rewritten block takes up the edits inside its tags.
		for (const {block, items} of accepted.sort((one, other) => (one.block.attr ? 0 : 1) - (other.block.attr ? 0 : 1))) {
			this.patcher.replaceBlock(block, items);
		}
	}

	#statusOf(id, items, now, repeated) {
		const block = this.#blocks.get(id);
		if (!block) {
			return this.#contents.has(now ?? '') ? 'already' : 'stale';
		}
		if (now === block.content) {
			return 'same';
		}
		const reasons = damageTo(block, items);
		if (reasons.length) {
			return `rejected:${reasons.join(',')}`;
		}
		return repeated.has(id) ? 'already' : 'applied';
	}

	/** Whether a change would be written if its block were there: no change to itself, no damage. */
	#isNew(id, text, items) {
		const block = this.#blocks.get(id) ?? this.#blocks.get(splitId(id)[0]);
		return block ? text !== block.content && !damageTo(block, items).length : text !== '';
	}

	/** @param {Object<string, string>} fields @param {boolean} ogFollows */
	changeHead(fields, ogFollows) {
		for (const [name, raw] of Object.entries(fields)) {
			this.#changeField(name, raw);
		}
		// A title that is there but can't be read has a place already.
		const missing = new Map(INSERTABLE
			.filter(name => this.report.get(name) === 'missing' && !(name === 'title' && this.page.head.title))
			.map(name => [name, tidy(fields[name])]));
		if (missing.size && this.patcher.insertFields(this.page.head, missing)) {
			for (const [name, text] of missing) {
				this.headWanted.set(name, text);
				this.report.set(name, 'inserted');
			}
		}
		for (const [name, leader] of ogFollows ? FOLLOWERS : []) {
			const isLed = this.page.head.fields.has(name) && !Object.hasOwn(fields, name);
			if (isLed && ['applied', 'inserted', 'same'].includes(this.report.get(leader))) {
				this.#changeField(name, fields[leader]);
			}
		}
	}

	/** Write one field where it has a place. */
	#changeField(name, raw) {
		const text = tidy(raw);
		const status = this.#headStatus(name, raw, text);
		this.report.set(name, status);
		if (status === 'applied') {
			const field = this.page.head.fields.get(name);
			this.headWanted.set(name, text);
			this.patcher.replaceValue(field.start, field.end, field.quote, text);
		}
	}

	#headStatus(name, raw, text) {
		if (!EDITABLE.includes(name)) {
			return 'rejected:field';
		}
		if (hasControl(raw)) {
			return 'rejected:control';
		}
		const field = this.page.head.fields.get(name);
		if (addsTemplate(field?.value ?? '', text)) {
			return 'rejected:template';
		}
		if (!text) {
			return 'rejected:empty';
		}
		if (!field) {
			return 'missing';
		}
		return field.value === text ? 'same' : 'applied';
	}

	/** Whether the new page shows what was wanted and, besides, all that the old one showed. @param {Page} after */
	isProvedBy(after) {
		const inserted = INSERTABLE.filter(name => this.report.get(name) === 'inserted');
		return isProved(this.page, after, {blocks: this.wanted, head: this.headWanted, inserted});
	}
}

function tidy(text) {
	return collapse(text).replace(/^ /, '').replace(/ $/, '');
}

function damageTo(block, items) {
	return damage(block.items.length ? block.items : parse(block.content), items);
}

/**
 * The page with the changes written in, and what became of each; throws Refuse like Page.
 * @param {Page | Buffer} page its bytes, or what was read of them before: reading is most of the work
 * @param {Object<string, string>} changes block id → content
 * @param {Object<string, string>} [head] field → text
 * @param {string | null} [encoding]
 * @param {{ogFollows?: boolean}} [options] `ogFollows`: where the page has og: and twitter: titles and descriptions, they get
 * the same texts
 * @returns {[Buffer, Object<string, string>]}
 */
export function apply(page, changes, head = {}, encoding = null, {ogFollows = false} = {}) {
	const read = page instanceof Page ? page : new Page(page, encoding);
	const edit = new Edit(read);
	// A title or meta may stand inside a block, which then takes up its edit.
	edit.changeHead(head, ogFollows);
	edit.changeBlocks(changes);
	if (edit.wanted.size || edit.headWanted.size) {
		const out = edit.patcher.result();
		if (provesItself(edit, out)) {
			return [out, Object.fromEntries(edit.report)];
		}
		for (const name of [...edit.wanted.keys(), ...edit.headWanted.keys()]) {
			edit.report.set(name, 'verify-failed');
		}
	}
	return [read.source.data, Object.fromEntries(edit.report)];
}

function provesItself(edit, out) {
	try {
		return edit.isProvedBy(new Page(out, edit.page.encoding));
	} catch (error) {
		if (error instanceof Refuse) {
			return false;
		}
		throw error;
	}
}
