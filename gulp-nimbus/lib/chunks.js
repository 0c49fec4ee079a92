/** Lines gathered into chunks, packed small, and sent a few chunks at a time. */
import {pack} from './client.js';

export const CHUNK_PAGES = 200;
export const CHUNK_BYTES = 2 * 1024 * 1024;

export class Chunks {
	#lines = [];
	#notes = [];
	#bytes = 0;
	/** @type {Set<Promise<void>>} */
	#travelling = new Set();
	#failure;

	/**
	 * @param {(body: Buffer, notes: any[]) => Promise<void>} send
	 * @param {number} parallel chunks on their way at once
	 */
	constructor(send, parallel) {
		this.send = send;
		this.parallel = parallel;
	}

	/** Take a line along, with a note that comes back with its chunk; throws what an earlier chunk met. */
	async add(line, note) {
		const size = Buffer.byteLength(line);
		if (this.#lines.length && this.#bytes + size > CHUNK_BYTES) {
			await this.#flush();
		}
		this.#lines.push(line);
		this.#notes.push(note);
		this.#bytes += size;
		if (this.#lines.length >= CHUNK_PAGES) {
			await this.#flush();
		}
	}

	/** Send what is left and wait until everything has arrived. */
	async settle() {
		if (this.#lines.length) {
			await this.#flush();
		}
		await this.arrived();
		this.#throwFailure();
	}

	/** Wait for what is on its way, whatever becomes of it. */
	async arrived() {
		await Promise.all(this.#travelling);
	}

	async #flush() {
		const [lines, notes] = [this.#lines, this.#notes];
		[this.#lines, this.#notes, this.#bytes] = [[], [], 0];
		const body = await pack(lines);
		while (this.#travelling.size >= this.parallel) {
			await Promise.race(this.#travelling);
		}
		this.#throwFailure();
		const travel = this.send(body, notes).catch(error => {
			this.#failure ??= error;
		}).finally(() => this.#travelling.delete(travel));
		this.#travelling.add(travel);
	}

	#throwFailure() {
		if (this.#failure) {
			throw this.#failure;
		}
	}
}
