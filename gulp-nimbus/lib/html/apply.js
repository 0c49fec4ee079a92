/** Write approved text into a page, and prove that nothing else changed. */
import {isAscii} from 'node:buffer';
import {collapse} from './chars.js';
import {Refuse} from './encoding.js';
import {EDITABLE, FOLLOWERS} from './head.js';
import {addsTemplate, canonical, damage, hasControl, parse} from './inline.js';
import {Page} from './page.js';
import {Patcher} from './patcher.js';
import {alreadyWritten, splitId} from './repeats.js';

/** What a head field that the page did not have adds to its tags. */
const INSERTED = {title: ['start title', 'end title'], metaDescription: ['start meta name content']};
const INSERTABLE = Object.keys(INSERTED);

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

	/** Whether the bytes still mean the same text. @param {Page} after */
	#isReadAlike(after) {
		const {source, warnings} = this.page;
		if (isAscii(after.source.data)) {
			// What made the encoding a guess may be gone, and with it the guess: ASCII is read alike in all.
			return warnings.filter(warning => warning !== 'encoding_conflict').join() === after.warnings.join();
		}
		return after.source.encoding === source.encoding && after.warnings.join() === warnings.join();
	}

	/** Whether the new page shows what was wanted and, besides, all that the old one showed. @param {Page} after */
	isProvedBy(after) {
		const before = this.page;
		if (!this.#isReadAlike(after)) {
			return false;
		}
		const wanted = this.#wantedOf(before.blocks);
		const found = textsOf(after.blocks);
		// Swapped tags take their attributes with them, so only texts keep their order.
		if (!isEqual(wanted.filter(isPlain), found.filter(isPlain)) || !isPermuted(wanted, found)) {
			return false;
		}
		const head = {...before.head.values(), ...Object.fromEntries(this.headWanted)};
		if (!isPermuted(linesOf(head), linesOf(after.head.values())) || !this.#isJsonLdProved(after)) {
			return false;
		}
		return isPermuted([...tagsOf(before), ...this.#insertedTags()], tagsOf(after));
	}

	/** What blocks must show afterwards. @param {import('./blocks.js').Block[]} blocks */
	#wantedOf(blocks) {
		return blocks.map(block => `${block.attr}\0${this.wanted.get(block.id) ?? block.content}`);
	}

	/** Whether the scripts say what was wanted, and are as before around it. */
	#isJsonLdProved(after) {
		const before = this.page.jsonLd;
		return isPermuted(this.#wantedOf(before.blocks), textsOf(after.jsonLd.blocks))
			&& isPermuted(before.rest, after.jsonLd.rest);
	}

	#insertedTags() {
		return INSERTABLE.filter(name => this.report.get(name) === 'inserted').flatMap(name => INSERTED[name]);
	}
}

function tidy(text) {
	return collapse(text).replace(/^ /, '').replace(/ $/, '');
}

function damageTo(block, items) {
	return damage(block.items.length ? block.items : parse(block.content), items);
}

/** All but the text: every tag with the names of its attributes, and every comment. @param {Page} page @returns {string[]} */
function tagsOf(page) {
	return page.tokens.filter(token => token.kind !== 'text').map(({kind, tag}) => tag.shape || kind);
}

/** Each block as one string: its attribute, if it is one, and its content. @param {import('./blocks.js').Block[]} blocks */
function textsOf(blocks) {
	return blocks.map(({attr, content}) => `${attr}\0${content}`);
}

function isPlain(text) {
	return text.startsWith('\0');
}

function linesOf(fields) {
	return Object.entries(fields).map(([name, value]) => `${name}\0${value}`);
}

function isEqual(one, other) {
	return one.length === other.length && one.every((text, index) => text === other[index]);
}

/** Whether two lists hold the same strings, equally often. */
function isPermuted(one, other) {
	const counts = new Map();
	for (const text of one) {
		counts.set(text, (counts.get(text) ?? 0) + 1);
	}
	return one.length === other.length && other.every(text => {
		const left = counts.get(text) ?? 0;
		counts.set(text, left - 1);
		return left > 0;
	});
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
		if (isProved(edit, out)) {
			return [out, Object.fromEntries(edit.report)];
		}
		for (const name of [...edit.wanted.keys(), ...edit.headWanted.keys()]) {
			edit.report.set(name, 'verify-failed');
		}
	}
	return [read.source.data, Object.fromEntries(edit.report)];
}

function isProved(edit, out) {
	try {
		return edit.isProvedBy(new Page(out, edit.page.encoding));
	} catch (error) {
		if (error instanceof Refuse) {
			return false;
		}
		throw error;
	}
}
