/**
 * What `apply` did to each file, in `.nimbus/manifest.json`, with the bytes from before in `.nimbus/originals/`.
 * A file whose bytes are still those that `apply` wrote counts as its original everywhere, so applying again, applying newer
 * texts and uploading again all start from the page as it was built.
 */
import {createHash} from 'node:crypto';
import {appendFile, mkdir, readdir, readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {gunzipSync, gzipSync} from 'node:zlib';
import {readJsonFile, writeJson, writeWhole} from './files.js';

export const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

/** Whether a file with this hash holds what `apply` wrote: in this run, or in the one before if this one was killed. */
export function isWritten(entry, hash) {
	return hash !== entry.before_hash && (hash === entry.after_hash || hash === entry.found_hash);
}

export class Manifest {
	constructor(state, pages, dir) {
		this.dir = dir;
		this.state = state;
		this.folder = path.join(state, 'originals');
		/** @type {Map<string, object>} by relative path */
		this.pages = pages;
	}

	static async load(state) {
		const data = await readJsonFile(path.join(state, 'manifest.json'));
		const pages = new Map(Object.entries(data?.pages ?? {}));
		// What a run noted before it was killed.
		const journal = await readFile(path.join(state, 'journal.ndjson'), 'utf8').catch(() => '');
		for (const line of journal.split('\n').slice(0, -1)) {
			pages.set(...JSON.parse(line));
		}
		return new Manifest(state, pages, data?.dir);
	}

	/** Note a page before its file is written, so that a killed run can still be undone and applied again. */
	async note(relative, entry) {
		this.pages.set(relative, entry);
		await appendFile(path.join(this.state, 'journal.ndjson'), `${JSON.stringify([relative, entry])}\n`);
	}

	/** The page as it was built: the kept original when `bytes` are what `apply` wrote. */
	async original(relative, bytes) {
		const entry = this.pages.get(relative);
		return entry && isWritten(entry, sha256(bytes)) ? await this.kept(entry.before_hash) ?? bytes : bytes;
	}

	/** @returns {Promise<Buffer | undefined>} the original with this hash, proven by it */
	async kept(hash) {
		if (!/^[0-9a-f]{64}$/.test(hash)) {
			return undefined;
		}
		try {
			const bytes = gunzipSync(await readFile(path.join(this.folder, `${hash}.gz`)));
			return sha256(bytes) === hash ? bytes : undefined;
		} catch {
			return undefined;
		}
	}

	/** Keep an original before its file is changed. */
	async keep(bytes) {
		const hash = sha256(bytes);
		if (await this.kept(hash) === undefined) {
			await mkdir(this.folder, {recursive: true});
			await writeWhole(path.join(this.folder, `${hash}.gz`), gzipSync(bytes));
		}
		return hash;
	}

	async save(more = {}) {
		for (const entry of this.pages.values()) {
			delete entry.found_hash;
		}
		const pages = Object.fromEntries([...this.pages].sort(([a], [b]) => (a < b ? -1 : 1)));
		await writeJson(path.join(this.state, 'manifest.json'), {version: 1, ...more, pages});
		await rm(path.join(this.state, 'journal.ndjson'), {force: true});
		await this.#prune();
	}

	/** Originals that no page names any more are of no use. */
	async #prune() {
		const named = new Set([...this.pages.values()].filter(entry => entry.before_hash !== entry.after_hash).map(entry => `${entry.before_hash}.gz`));
		for (const name of await readdir(this.folder).catch(() => [])) {
			if (!named.has(name)) {
				await rm(path.join(this.folder, name), {force: true});
			}
		}
	}
}
