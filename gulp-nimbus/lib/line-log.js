/** A file of lines that grows, found again by key. */
import {constants} from 'node:fs';
import {open, rm} from 'node:fs/promises';

// A link in the place of the file is an error, where the system can tell.
const APPEND = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);

export class LineLog {
	#handle;
	#at = 0;

	/** @param {string} file @param {import('./line-index.js').LineIndex} index that finds what is written here @param {{isFresh?: boolean}} [options] */
	constructor(file, index, {isFresh = false} = {}) {
		this.file = file;
		this.index = index;
		this.isFresh = isFresh;
	}

	/** One at a time. */
	async append(key, line) {
		if (!this.#handle) {
			await (this.isFresh && rm(this.file, {force: true}));
			this.#handle = await open(this.file, APPEND, 0o600);
			this.#at = (await this.#handle.stat()).size;
		}
		const bytes = Buffer.from(`${line}\n`);
		await this.#handle.appendFile(bytes);
		this.index.place(key, this.#handle, this.#at, bytes.length - 1);
		this.#at += bytes.length;
	}

	async close() {
		await this.#handle?.close();
		this.#handle = undefined;
	}

	/** Where nobody needs it after this run. */
	async remove() {
		await this.close();
		await rm(this.file, {force: true});
	}
}
