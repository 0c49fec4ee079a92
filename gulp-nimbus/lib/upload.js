/** Send pages to a new batch, a few at a time, and submit it. */
import path from 'node:path';
import {readFile} from 'node:fs/promises';
import {Client} from './client.js';
import {needKey} from './config.js';
import {NimbusError} from './errors.js';
import {htmlFiles, writeJson} from './files.js';
import {Refuse} from './html/index.js';
import {Manifest} from './manifest.js';
import {AddressError} from './page-id.js';
import {pageText} from './page-source.js';
import {Project} from './project.js';

export const CHUNK_PAGES = 200;
export const CHUNK_BYTES = 4 * 1024 * 1024;

export class Upload {
	#lines = [];
	#bytes = 0;
	#sending = Promise.resolve();
	#names = [];

	constructor(config) {
		needKey(config);
		this.config = config;
		this.client = new Client(config);
		this.batch = undefined;
		this.result = {pages: 0, accepted: 0, replaced: 0, rejected: [], skipped: [], batch_id: null, dashboard_url: null};
	}

	async start() {
		this.project = await Project.load(this.client, this.config);
		this.manifest = await Manifest.load(this.config.state);
		return this;
	}

	/** Read one page and send its chunk when full. The bytes are not kept. */
	async add(relative, bytes) {
		this.result.pages++;
		const line = await this.#line(relative, bytes);
		if (!line) {
			return;
		}
		const size = Buffer.byteLength(line);
		if (this.#lines.length && this.#bytes + size > CHUNK_BYTES) {
			await this.#flush();
		}
		this.#lines.push(line);
		this.#names.push(relative);
		this.#bytes += size;
		if (this.#lines.length >= CHUNK_PAGES) {
			await this.#flush();
		}
	}

	/** Send what is left and submit. @returns {Promise<object>} the summary */
	async finish() {
		await this.#flush();
		await this.#sending;
		const {result, config} = this;
		if (config.dryRun) {
			return result;
		}
		if (result.accepted === 0) {
			await this.abandon();
			const reason = [...result.skipped, ...result.rejected][0]?.reason;
			throw new NimbusError(`No page was accepted${reason ? `: ${reason}` : ''}. Is \`dir\` the folder of the built site?`, {code: 'empty_batch'});
		}
		const batch = await this.#submit();
		await writeJson(path.join(config.state, 'state.json'), {
			version: 1, url: config.url, project_id: this.project.id, batch_id: batch.batch_id, dashboard_url: batch.dashboard_url, pages: result.accepted,
		});
		result.dashboard_url = batch.dashboard_url;
		return result;
	}

	/** Leave no half batch behind. */
	async abandon() {
		await this.#sending.catch(() => {});
		if (this.batch) {
			await this.client.json('POST', `/batches/${this.batch.batch_id}/cancel`).catch(() => {});
		}
	}

	async #submit() {
		const {batch_id: id} = this.batch;
		try {
			return await this.client.json('POST', `/batches/${id}/submit`);
		} catch (error) {
			// The answer to an earlier try was lost, but the batch is on its way.
			if (error.code !== 'batch_not_uploading') {
				throw error;
			}
			return this.client.json('GET', `/batches/${id}`);
		}
	}

	async #line(relative, bytes) {
		const {project, config} = this;
		try {
			const source = await this.manifest.original(relative, bytes);
			const extraction = project.extraction(relative, source, config.encoding);
			const data = {page_url: project.url(relative), source_path: relative, page_id: project.pageId(relative), extraction};
			const most = project.limits.max_page_bytes ?? Infinity;
			// The source is for the preview only: a page that is too large with it goes without.
			const lines = config.sourceHtml ? [{...data, source_html: pageText(source, config.encoding)}, data] : [data];
			const line = lines.map(each => JSON.stringify(each)).find(text => Buffer.byteLength(text) <= most);
			if (line === undefined) {
				throw new Refuse(`too_large: the texts of a page may have ${most} bytes`);
			}
			return line;
		} catch (error) {
			if (!(error instanceof Refuse || error instanceof AddressError)) {
				throw error;
			}
			this.result.skipped.push({source_path: relative, reason: error.reason ?? error.message});
			return undefined;
		}
	}

	async #flush() {
		const [lines, names] = [this.#lines, this.#names];
		[this.#lines, this.#names, this.#bytes] = [[], [], 0];
		await this.#sending;
		if (!lines.length) {
			return;
		}
		if (this.config.dryRun) {
			this.result.accepted += lines.length;
			return;
		}
		// One chunk travels while the next is read; a failure shows at the next flush.
		this.#sending = this.#send(lines, names);
		this.#sending.catch(() => {});
	}

	async #send(lines, names) {
		const {tier, lane, label} = this.config;
		this.batch ??= await this.client.json('POST', `/projects/${this.project.id}/batches`, {tier, lane, label});
		this.result.batch_id = this.batch.batch_id;
		const answer = await this.client.sendLines(`/batches/${this.batch.batch_id}/pages`, lines);
		for (const outcome of answer.outcomes) {
			const relative = names[outcome.line - 1];
			if (outcome.outcome === 'rejected') {
				this.result.rejected.push({source_path: relative, code: outcome.code, field: outcome.field, reason: outcome.message ?? outcome.code});
			} else {
				this.result.accepted++;
				this.result.replaced += outcome.outcome === 'replaced' ? 1 : 0;
				if (this.config.verbose) {
					this.config.log(`${relative} ${outcome.outcome}`);
				}
			}
		}
	}
}

/** Upload every HTML file of `config.root`. */
export async function uploadFolder(config) {
	const upload = await new Upload(config).start();
	try {
		for await (const relative of htmlFiles(config.root)) {
			await upload.add(relative, await readFile(path.join(config.root, relative)));
		}
		return await upload.finish();
	} catch (error) {
		await upload.abandon();
		throw error;
	}
}

/** The one line that says what happened. */
export function describeUpload({pages, accepted, rejected, skipped, batch_id: id, dashboard_url: dashboard}, dryRun = false) {
	const parts = [dryRun ? `${accepted} of ${pages} pages would be uploaded` : `${accepted} of ${pages} pages uploaded`];
	const left = [...skipped, ...rejected];
	if (left.length) {
		parts.push(`${left.length} left out (${left[0].source_path}: ${left[0].reason}${left.length > 1 ? ', …' : ''})`);
	}
	return [...parts, ...(id ? [`batch ${id}`] : []), ...(dashboard ? [dashboard] : [])].join(' · ');
}
