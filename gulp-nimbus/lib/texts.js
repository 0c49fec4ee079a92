/** Where the approved texts of a page come from: the server, or the lock. Both answer by the page's file. */
import {Client} from './client.js';
import {needKey} from './config.js';
import {Drift} from './drift.js';
import {damaged, Lock, optimizationOf} from './lock.js';
import {AddressError} from './page-id.js';
import {Project} from './project.js';
import {Results, pullResults} from './results.js';

export class ServerTexts {
	static async open(config) {
		needKey(config);
		const texts = new ServerTexts();
		texts.client = new Client(config);
		texts.project = await Project.load(texts.client, config);
		const {file, pages} = await pullResults(texts.client, texts.project.id, config);
		texts.results = await Results.open(file);
		return Object.assign(texts, {file, pages});
	}

	/** @returns {Promise<{page_id?: string, batch_id?: string, optimization?: object, reason?: string}>} */
	async get(relative) {
		try {
			return await this.results.get(this.project.pageId(relative)) ?? {};
		} catch (error) {
			if (!(error instanceof AddressError)) {
				throw error;
			}
			return {reason: error.message};
		}
	}

	close() {
		return this.results.close();
	}
}

export class LockedTexts {
	drift = new Drift();

	static async open(config) {
		const texts = new LockedTexts();
		texts.lock = await Lock.load(config);
		if (!texts.lock.isThere) {
			throw damaged('it is not there');
		}
		return texts;
	}

	/** @param {string} content what the page says now: texts for something else are none for it */
	async get(relative, content) {
		const locked = await this.lock.page(relative);
		if (locked?.content !== content) {
			this.drift.add(relative, locked ? 'changed' : 'new');
			return {};
		}
		return locked.texts ? {optimization: optimizationOf(locked)} : {};
	}

	/** Pages that the lock has and the build has not. @param {Set<string>} seen @param {(relative: string) => boolean} isMeant */
	missing(seen, isMeant) {
		this.lock.paths().filter(relative => isMeant(relative) && !seen.has(relative)).forEach(relative => this.drift.add(relative, 'removed'));
	}

	refuse() {
		this.drift.refuse('Push the build, have it reviewed, run `npx nimbus pull`, and commit nimbus.lock.');
	}

	close() {
		return this.lock.close();
	}
}
