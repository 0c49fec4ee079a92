/**
 * What the server has of this site: by page the hash of what was sent and the batch it went to, in `.nimbus/pushed.ndjson`.
 * Lines are added as chunks arrive, so that a push that was stopped goes on where it was.
 */
import {createHash} from 'node:crypto';
import {appendFile, readFile} from 'node:fs/promises';
import path from 'node:path';
import {writeWhole} from './files.js';
import {openState} from './state.js';

const FINAL = new Set(['completed', 'failed', 'cancelled']);

/** A hash of what the optimizer reads of a page, and of where the page is. */
export function contentHash({page_url: url, source_path: source, extraction}) {
	const {head, above_fold_blocks: above, rest_of_page_blocks: rest, dimensions} = extraction;
	const texts = [...above, ...rest].map(({id, type, content}) => [id, type, content]);
	const read = [url, source, head.title, head.metaDescription, head.lang, head.language, texts, above.length, dimensions ?? {}];
	return createHash('sha256').update(JSON.stringify(read)).digest('hex').slice(0, 32);
}

export class Pushed {
	/** @param {string} state @param {string} scope what a change of makes every page new: server, project, tier */
	constructor(state, scope) {
		this.state = state;
		this.file = path.join(state, 'pushed.ndjson');
		this.scope = scope;
		/** @type {Map<string, {hash: string, batch: string}>} by page id */
		this.pages = new Map();
		/** Batches that need no more looks. */
		this.settled = new Set();
	}

	static async load(state, scope) {
		const pushed = new Pushed(state, scope);
		const lines = (await readFile(pushed.file, 'utf8').catch(() => '')).split('\n').slice(0, -1).map(parse);
		if (lines[0]?.scope === scope) {
			lines.slice(1).filter(Boolean).forEach(line => pushed.#take(line));
		}
		return pushed;
	}

	#take({settled, page, hash, batch}) {
		if (settled) {
			this.settled.add(settled);
		} else {
			this.pages.set(page, {hash, batch});
		}
	}

	/** @returns {string | undefined} the batch that holds this very content */
	batchOf(page, hash) {
		const found = this.pages.get(page);
		return found?.hash === hash ? found.batch : undefined;
	}

	/** Note pages that the server took. @param {{page: string, hash: string}[]} pages */
	async note(pages, batch) {
		const lines = pages.map(({page, hash}) => ({page, hash, batch}));
		lines.forEach(line => this.#take(line));
		await appendFile(this.file, lines.map(line => `${JSON.stringify(line)}\n`).join(''));
	}

	/** Write it anew, one line a page. */
	async save() {
		await openState(this.state);
		const pages = [...this.pages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([page, {hash, batch}]) => ({page, hash, batch}));
		const lines = [{scope: this.scope}, ...[...this.settled].map(settled => ({settled})), ...pages];
		await writeWhole(this.file, lines.map(line => `${JSON.stringify(line)}\n`).join(''));
	}

	/** Forget the pages that their batch never finished, so that they are sent again. `open` is the batch that goes on. */
	async check(client, open) {
		const batches = new Set([...this.pages.values()].map(({batch}) => batch));
		this.settled = new Set([...this.settled].filter(batch => batches.has(batch)));
		for (const batch of batches) {
			if (batch !== open && !this.settled.has(batch)) {
				await this.#checkBatch(client, batch);
			}
		}
	}

	async #checkBatch(client, batch) {
		const found = await client.json('GET', `/batches/${encodeURIComponent(batch)}`).catch(noneWhere404);
		if (found?.status === 'completed') {
			this.#forget(batch, found.summary?.failed ? await failedPages(client, batch) : new Set());
			this.settled.add(batch);
		} else if (!found || FINAL.has(found.status) || found.status === 'uploading') {
			this.#forget(batch);
		}
	}

	/** Forget all pages of a batch, or those named. */
	#forget(batch, named) {
		for (const [page, entry] of this.pages) {
			if (entry.batch === batch && (!named || named.has(page))) {
				this.pages.delete(page);
			}
		}
	}
}

async function failedPages(client, batch) {
	const found = new Set();
	for (let cursor = ''; cursor !== null;) {
		const answer = await client.json('GET', `/batches/${encodeURIComponent(batch)}/pages?status=failed&limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
		answer.results.forEach(page => found.add(page.page_id));
		cursor = answer.next ?? null;
	}
	return found;
}

function noneWhere404(error) {
	if (error.status !== 404) {
		throw error;
	}
}

/** A line that a killed run left half is no line. */
function parse(line) {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}
