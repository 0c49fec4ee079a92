/** Lines of files found by key: the names in memory, the texts on disk, so that no site is too large. */
import {open} from 'node:fs/promises';

const PIECE = 256 * 1024;
const LINE_FEED = 10;

export class LineIndex {
	/** @type {Map<string, {handle: import('node:fs/promises').FileHandle, at: number, length: number}>} */
	#places = new Map();
	#handles = [];

	/**
	 * Index the lines of a file; a later line with the same key wins.
	 * @param {string} file
	 * @param {(line: string) => string | undefined} keyOf
	 * @returns {Promise<boolean>} whether the file is there
	 */
	async read(file, keyOf) {
		const handle = await open(file).catch(error => {
			if (error.code !== 'ENOENT') {
				throw error;
			}
		});
		if (!handle) {
			return false;
		}
		this.#handles.push(handle);
		for await (const {line, at, length} of lineSpans(handle)) {
			const key = keyOf(line);
			if (key !== undefined) {
				this.#places.set(key, {handle, at, length});
			}
		}
		return true;
	}

	/** Note a line that was just written. */
	place(key, handle, at, length) {
		this.#places.set(key, {handle, at, length});
	}

	/** @returns {Promise<string | undefined>} the line of this key */
	async get(key) {
		const place = this.#places.get(key);
		if (!place) {
			return undefined;
		}
		const {buffer} = await place.handle.read(Buffer.alloc(place.length), 0, place.length, place.at);
		return buffer.toString('utf8');
	}

	has(key) {
		return this.#places.has(key);
	}

	delete(key) {
		return this.#places.delete(key);
	}

	/** @returns {string[]} the keys in the order of their code units */
	keys() {
		return [...this.#places.keys()].sort();
	}

	get size() {
		return this.#places.size;
	}

	async close() {
		await Promise.all(this.#handles.splice(0).map(handle => handle.close()));
	}
}

/** @returns {AsyncGenerator<{line: string, at: number, length: number}>} every line that ends, with its place in bytes */
export async function* lineSpans(handle) {
	const piece = Buffer.alloc(PIECE);
	let rest = Buffer.alloc(0);
	let at = 0;
	for (;;) {
		const {bytesRead} = await handle.read(piece, 0, PIECE, at + rest.length);
		if (!bytesRead) {
			return;
		}
		const text = Buffer.concat([rest, piece.subarray(0, bytesRead)]);
		let begin = 0;
		for (let end = text.indexOf(LINE_FEED); end !== -1; end = text.indexOf(LINE_FEED, begin)) {
			yield {line: text.toString('utf8', begin, end), at: at + begin, length: end - begin};
			begin = end + 1;
		}
		at += begin;
		rest = Buffer.from(text.subarray(begin));
	}
}
