/** The approved texts of a project: downloaded into one file, then read page by page, so that no site is too large for memory. */
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {NimbusError} from './errors.js';
import {writeLines} from './files.js';
import {LineIndex} from './line-index.js';
import {openState} from './state.js';

const TRIES = 3;

/** Download the current results; the file appears only once it is whole. @returns {Promise<{file: string, pages: number}>} */
export async function pullResults(client, projectId, {state, tidy}, pause = sleep) {
	await openState(state);
	const file = path.join(state, 'results.ndjson');
	for (let attempt = 1; ; attempt++) {
		try {
			const seen = {pages: 0};
			await writeLines(file, whole(client.lines(`/projects/${encodeURIComponent(projectId)}/results`), seen, tidy));
			return {file, pages: seen.pages};
		} catch (error) {
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

/** The lines before the end line, which has to count them. */
async function* whole(lines, seen, tidy) {
	for await (const line of lines) {
		const data = parse(line);
		if (data.end === true) {
			if (data.pages === seen.pages) {
				return;
			}
			break;
		}
		seen.pages++;
		yield line;
		tidy?.();
	}
	throw cutOff();
}

function parse(line) {
	try {
		return JSON.parse(line);
	} catch (error) {
		throw cutOff(error);
	}
}

/** The pages of a results file by id. */
export class Results {
	#lines = new LineIndex();

	static async open(file) {
		const results = new Results();
		await results.#lines.read(file, line => JSON.parse(line).page_id);
		return results;
	}

	/** @returns {Promise<object | undefined>} the result of a page */
	async get(pageId) {
		const line = await this.#lines.get(pageId);
		return line === undefined ? undefined : JSON.parse(line);
	}

	close() {
		return this.#lines.close();
	}
}
