/** The approved texts of a project: downloaded into one file, then read page by page, so that no site is too large for memory. */
import {createReadStream, createWriteStream} from 'node:fs';
import {mkdir, open, rename, rm, stat} from 'node:fs/promises';
import path from 'node:path';
import {once} from 'node:events';
import {finished} from 'node:stream/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {readLines} from './client.js';
import {NimbusError} from './errors.js';

const TRIES = 3;

/** Download the current results; the file appears only once it is whole. @returns {Promise<{file: string, pages: number}>} */
export async function pullResults(client, projectId, state, pause = sleep) {
	await mkdir(state, {recursive: true});
	const file = path.join(state, 'results.ndjson');
	const temporary = `${file}.${process.pid}.tmp`;
	for (let attempt = 1; ; attempt++) {
		try {
			const pages = await download(client.lines(`/projects/${encodeURIComponent(projectId)}/results`), temporary);
			await rename(temporary, file);
			return {file, pages};
		} catch (error) {
			await rm(temporary, {force: true});
			const isFinal = error instanceof NimbusError && error.code !== 'cut_off';
			if (isFinal || attempt >= TRIES) {
				throw isFinal || error instanceof NimbusError ? error : cutOff(error);
			}
			await pause(1000 * attempt);
		}
	}
}

function cutOff(cause) {
	return new NimbusError('The results were cut off before their end line. Nothing was written; run the command again.', {code: 'cut_off', cause});
}

async function download(lines, file) {
	const out = createWriteStream(file);
	let count = 0;
	let end;
	try {
		for await (const line of lines) {
			const data = parse(line);
			if (data.end === true) {
				end = data;
				break;
			}
			count++;
			if (!out.write(`${line}\n`)) {
				await once(out, 'drain');
			}
		}
	} finally {
		out.end();
		await finished(out);
	}
	if (end?.pages !== count) {
		throw cutOff();
	}
	return count;
}

function parse(line) {
	try {
		return JSON.parse(line);
	} catch (error) {
		throw cutOff(error);
	}
}

/** Pages of a results file by id: an index in memory, the texts on disk. */
export class Results {
	#places = new Map();

	constructor(handle) {
		this.handle = handle;
	}

	static async open(file) {
		if (!await stat(file).catch(() => undefined)) {
			throw new NimbusError('There are no results here yet. Run `nimbus pull` first.', {code: 'usage', exit: 2});
		}
		const results = new Results(await open(file));
		let offset = 0;
		for await (const line of readLines(createReadStream(file))) {
			const length = Buffer.byteLength(line);
			results.#places.set(JSON.parse(line).page_id, [offset, length]);
			offset += length + 1;
		}
		return results;
	}

	get size() {
		return this.#places.size;
	}

	/** @returns {Promise<object | undefined>} the result of a page */
	async get(pageId) {
		const place = this.#places.get(pageId);
		if (!place) {
			return undefined;
		}
		const [offset, length] = place;
		const {buffer} = await this.handle.read(Buffer.alloc(length), 0, length, offset);
		return JSON.parse(buffer.toString('utf8'));
	}

	close() {
		return this.handle.close();
	}
}
