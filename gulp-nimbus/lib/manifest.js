/**
 * What `apply` did to each file, in `.nimbus/manifest.json`, with the bytes from before in `.nimbus/originals/`.
 * A file whose bytes are still those that `apply` wrote counts as its original everywhere, so applying again, applying newer
 * texts and uploading again all start from the page as it was built. The file has one line a page, which are read when needed.
 */
import {createHash} from 'node:crypto';
import {readdir, readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {gunzipSync, gzipSync} from 'node:zlib';
import {readJsonFile, writeLines, writeWhole} from './files.js';
import {LineIndex} from './line-index.js';
import {LineLog} from './line-log.js';
import {openFolder, openState} from './state.js';

const ORIGINAL = /^[0-9a-f]{64}\.gz$/;
// A page's line: its path as a JSON string, then its entry.
const LINE = /^("(?:[^"\\]|\\.)*"):\{.*\},?$/;

export const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

/** Whether a file with this hash holds what `apply` wrote: in this run, or in the one before if this one was killed. */
export function isWritten(entry, hash) {
	return hash !== entry.before_hash && (hash === entry.after_hash || hash === entry.found_hash);
}

const keyOf = line => {
	const found = LINE.exec(line);
	return found ? JSON.parse(found[1]) : undefined;
};

const lineOf = (relative, entry) => `${JSON.stringify(relative)}:${JSON.stringify(entry)},`;

export class Manifest {
	#lines = new LineIndex();
	/** Entries of a manifest that is written otherwise, as in the ZIP of the dashboard. @type {Map<string, object>} */
	#loose = new Map();
	#journal;
	/** @type {Promise<unknown> | undefined} */
	#opened;

	constructor(state) {
		this.state = state;
		this.folder = path.join(state, 'originals');
		this.file = path.join(state, 'manifest.json');
		this.#journal = new LineLog(path.join(state, 'journal.ndjson'), this.#lines);
	}

	static async load(state) {
		const manifest = new Manifest(state);
		const begin = await manifest.#read();
		manifest.dir = begin?.dir;
		return manifest;
	}

	/** @returns {Promise<{dir?: string} | undefined>} what stands before the pages */
	async #read() {
		let begin;
		await this.#lines.read(this.file, line => {
			begin ??= line;
			return keyOf(line);
		});
		// What a run noted before it was killed.
		await this.#lines.read(this.#journal.file, keyOf);
		if (begin?.endsWith('"pages":{')) {
			return JSON.parse(`${begin}}}`);
		}
		const whole = await readJsonFile(this.file);
		this.#loose = new Map(Object.entries(whole?.pages ?? {}).filter(([relative]) => !this.#lines.has(relative)));
		return whole;
	}

	/** The pages that have an entry, in order. @returns {string[]} */
	paths() {
		return [...new Set([...this.#lines.keys(), ...this.#loose.keys()])].sort();
	}

	/** The folders, made when the first page needs them. */
	#open() {
		this.#opened ??= openState(this.state).then(() => openFolder(this.folder));
		return this.#opened;
	}

	/** @returns {Promise<object | undefined>} what was noted of a page */
	async entry(relative) {
		const line = await this.#lines.get(relative);
		return line === undefined ? this.#loose.get(relative) : JSON.parse(`{${line.replace(/,$/, '')}}`)[relative];
	}

	/** Note a page before its file is written, so that a killed run can still be undone and applied again. */
	async note(relative, entry) {
		await this.#open();
		await this.#journal.append(relative, lineOf(relative, entry));
	}

	forget(relative) {
		this.#lines.delete(relative);
		this.#loose.delete(relative);
	}

	/** The page as it was built: the kept original when `bytes` are what `apply` wrote. */
	async original(relative, bytes) {
		const entry = await this.entry(relative);
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
			await this.#open();
			await writeWhole(path.join(this.folder, `${hash}.gz`), gzipSync(bytes));
		}
		return hash;
	}

	/** Write the file anew; the last thing that is done with it. */
	async save(more = {}) {
		await this.#open();
		const named = new Set();
		await writeLines(this.file, this.#text(more, named), {beforeRename: () => this.close()});
		await rm(this.#journal.file, {force: true});
		await this.#prune(named);
	}

	async close() {
		await this.#lines.close();
		await this.#journal.close();
	}

	async* #text(more, named) {
		yield JSON.stringify({version: 1, ...more, pages: {}}).replace(/\}\}$/, '');
		const paths = this.paths();
		for (const [index, relative] of paths.entries()) {
			const {found_hash: found, ...entry} = await this.entry(relative);
			if (entry.before_hash !== entry.after_hash) {
				named.add(`${entry.before_hash}.gz`);
			}
			const line = lineOf(relative, entry);
			yield index === paths.length - 1 ? line.slice(0, -1) : line;
		}
		yield '}}';
	}

	/** Originals that no page names any more are of no use. */
	async #prune(named) {
		for (const name of await readdir(this.folder).catch(() => [])) {
			if (ORIGINAL.test(name) && !named.has(name)) {
				await rm(path.join(this.folder, name), {force: true});
			}
		}
	}
}
