/**
 * `nimbus.lock`: the approved texts of each page of the build, in the customer's repository. One sorted line a page, with a hash of
 * what the page says (`content`) and of what was approved for it (`result`), so that it merges line by line and any damage shows.
 */
import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {EXIT, NimbusError} from './errors.js';
import {writeLines} from './files.js';
import {Page, Refuse} from './html/index.js';
import {LineIndex} from './line-index.js';
import {LineLog} from './line-log.js';

const VERSION = 1;

const hashOf = data => createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 32);

/** @returns {Page | undefined} nothing for a file that is no page */
export function readPage(bytes, encoding) {
	try {
		return new Page(bytes, encoding);
	} catch (error) {
		if (!(error instanceof Refuse)) {
			throw error;
		}
		return undefined;
	}
}

/** What a page says, whatever surrounds it: its head texts and blocks. @param {Page | undefined} page */
export function contentOf(page) {
	if (!page) {
		return '';
	}
	const {title, metaDescription} = page.head.values();
	return hashOf([title, metaDescription, [...page.blocks, ...page.jsonLd.blocks].map(block => block.id)]);
}

/** The approved texts of a result in one order, or nothing where there are none. */
export function textsOf(optimization) {
	const {originals = {}, og_follows: follows = false, optimizations: {head = {}, blocks = []} = {}} = optimization ?? {};
	if (!Object.keys(head).length && !blocks.length) {
		return undefined;
	}
	const pick = fields => Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
	return {og_follows: follows === true, originals: pick(originals), head: pick(head), blocks: blocks.map(({id, optimized_content: text}) => [id, text])};
}

export const resultOf = texts => (texts ? hashOf(texts) : '');

/** A locked page as `applyPage` wants it. */
export function optimizationOf({texts}) {
	const {og_follows: follows, originals, head, blocks} = texts;
	return {og_follows: follows, originals, optimizations: {head, blocks: blocks.map(([id, text]) => ({id, optimized_content: text}))}};
}

export class Lock {
	#lines = new LineIndex();
	#log;

	/** @param {{lockFile: string, state: string}} config */
	constructor({lockFile, state}) {
		this.file = lockFile;
		this.#log = new LineLog(path.join(state, 'lock.ndjson'), this.#lines, {isFresh: true});
	}

	/** @returns {Promise<Lock>} the lock of the repository, or an empty one */
	static async load(config) {
		const lock = new Lock(config);
		try {
			lock.isThere = await lock.#read();
		} catch (error) {
			await lock.#lines.close();
			throw error;
		}
		return lock;
	}

	#read() {
		let number = 0;
		return this.#lines.read(this.file, line => {
			number++;
			const data = parse(line);
			if (number === 1 && data?.nimbus_lock === VERSION) {
				return undefined;
			}
			if (number === 1 || typeof data?.path !== 'string' || resultOf(data.texts) !== data.result || this.#lines.has(data.path)) {
				throw damaged(`line ${number} is damaged, perhaps by a merge`);
			}
			return data.path;
		});
	}

	/** @returns {string[]} in order */
	paths() {
		return this.#lines.keys();
	}

	/** @returns {Promise<{path: string, content: string, result: string, texts?: object} | undefined>} */
	async page(relative) {
		const line = await this.#lines.get(relative);
		return line === undefined ? undefined : JSON.parse(line);
	}

	/** Lock a page with the texts that are approved for it now. */
	async note(relative, content, optimization) {
		const texts = textsOf(optimization);
		await this.#log.append(relative, JSON.stringify({path: relative, content, result: resultOf(texts), texts}));
	}

	/** Write the file anew, without the pages that the build has no more. @param {Set<string>} seen @param {string} root */
	async save(seen, root) {
		await writeLines(this.file, this.#text(seen, root), {beforeRename: () => this.close()});
	}

	async* #text(seen, root) {
		yield JSON.stringify({nimbus_lock: VERSION});
		for (const relative of this.paths()) {
			if (seen.has(relative) || existsSync(path.join(root, relative))) {
				yield await this.#lines.get(relative);
			}
		}
	}

	async close() {
		await this.#lines.close();
		await this.#log.remove();
	}
}

export function damaged(why) {
	return new NimbusError(`nimbus.lock cannot be used: ${why}. \`npx nimbus pull\` writes it anew.`, {code: 'lock_damaged', exit: EXIT.drift});
}

function parse(line) {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}
