/**
 * The batch that takes pages, remembered in `.nimbus/open.json` until it is submitted: a push that was stopped finds it again.
 * Its idempotency key is written down before the server hears of it, so that one push never makes two batches.
 */
import {randomUUID} from 'node:crypto';
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {readJsonFile, writeJson} from './files.js';

export class OpenBatch {
	/** @type {{scope: string, key: string, asked: object, batch_id?: string} | undefined} */
	#noted;
	/** @type {Promise<string> | undefined} */
	#making;

	constructor(client, config, {project, scope}) {
		this.client = client;
		this.config = config;
		this.project = project;
		this.scope = scope;
		this.file = path.join(config.state, 'open.json');
	}

	get id() {
		return this.#noted?.batch_id;
	}

	/** Find the batch of a push that was stopped. @returns {Promise<object | undefined>} it, where it was submitted after all */
	async resume() {
		const noted = await readJsonFile(this.file);
		if (!noted) {
			return undefined;
		}
		this.#noted = noted;
		const found = noted.batch_id && await this.client.json('GET', this.#route()).catch(error => {
			if (error.status !== 404) {
				throw error;
			}
		});
		if (noted.scope !== this.scope) {
			await this.#leave(found);
		} else if (noted.batch_id && found?.status !== 'uploading') {
			await this.close();
			return found?.status === 'cancelled' ? undefined : found;
		}
		return undefined;
	}

	/** Pages for another tier, project or server: the old batch will get no more. */
	async #leave(found) {
		if (found?.status === 'uploading') {
			await this.client.json('POST', this.#route('/cancel')).catch(() => {});
		}
		await this.close();
	}

	/** The batch, made when the first chunk needs it. @returns {Promise<string>} its id */
	async make() {
		if (!this.id) {
			this.#making ??= this.#make();
			await this.#making;
		}
		return this.id;
	}

	async #make() {
		const {tier, lane, label} = this.config;
		this.#noted ??= {scope: this.scope, key: randomUUID(), asked: {tier, lane, label}};
		await writeJson(this.file, this.#noted);
		const {key, asked} = this.#noted;
		const batch = await this.client.json('POST', `/projects/${this.project.id}/batches`, asked, {idempotencyKey: key});
		this.#noted = {...this.#noted, batch_id: batch.batch_id};
		await writeJson(this.file, this.#noted);
	}

	/** @returns {Promise<object>} the submitted batch */
	async submit() {
		try {
			return await this.client.json('POST', this.#route('/submit'));
		} catch (error) {
			// The answer to an earlier try was lost, but the batch is on its way.
			if (error.code !== 'batch_not_uploading') {
				throw error;
			}
			return this.client.json('GET', this.#route());
		}
	}

	/** Leave no half batch behind. */
	async cancel() {
		if (this.id) {
			await this.client.json('POST', this.#route('/cancel')).catch(() => {});
		}
		await this.close();
	}

	/** It takes no more pages. */
	async close() {
		this.#noted = undefined;
		await rm(this.file, {force: true});
	}

	#route(verb = '') {
		return `/batches/${encodeURIComponent(this.id)}${verb}`;
	}
}
