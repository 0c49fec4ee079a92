/** Send the pages that are new or changed to a batch, and submit it. */
import path from 'node:path';
import {readFile} from 'node:fs/promises';
import {Chunks} from './chunks.js';
import {Client} from './client.js';
import {needKey} from './config.js';
import {EXIT, NimbusError, checkInterrupt} from './errors.js';
import {beginProgress, htmlFiles, writeJson} from './files.js';
import {Manifest} from './manifest.js';
import {OpenBatch} from './open-batch.js';
import {pageLine} from './page-line.js';
import {Project} from './project.js';
import {Pushed} from './pushed.js';
import {openState} from './state.js';

// After these the next push goes on with the same batch.
const PASSING = new Set([EXIT.unavailable, EXIT.rateLimited, EXIT.interrupted]);
// A site that is wrong as a whole must not fill the memory with its reasons.
const MAX_LISTED = 1000;

export class Upload {
	#sent = new Set();

	constructor(config) {
		needKey(config);
		this.config = config;
		this.client = new Client(config);
		this.result = {pages: 0, accepted: 0, replaced: 0, resumed: 0, unchanged: 0, left_out: 0, rejected: [], skipped: [], batch_id: null, dashboard_url: null};
	}

	async start() {
		const {config, client} = this;
		this.project = await Project.load(client, config);
		const scope = JSON.stringify([config.url, this.project.id, config.tier ?? this.project.tier, config.base]);
		this.manifest = await Manifest.load(config.state);
		this.pushed = await Pushed.load(config.state, scope);
		this.batch = new OpenBatch(client, config, {project: this.project, scope});
		this.chunks = new Chunks((body, notes) => this.#send(body, notes), config.parallel);
		if (!config.dryRun) {
			await this.#resume();
		}
		return this;
	}

	async #resume() {
		await openState(this.config.state);
		const submitted = await this.batch.resume();
		await (submitted && this.#remember(submitted));
		await this.pushed.check(this.client, this.batch.id);
		await this.pushed.save();
	}

	/** Read one page and send its chunk when full. The bytes are not kept. */
	async add(relative, bytes) {
		this.result.pages++;
		const page = pageLine(relative, await this.manifest.original(relative, bytes), this.project, this.config);
		if (page.reason) {
			this.#leaveOut(this.result.skipped, {source_path: relative, reason: page.reason});
			return;
		}
		const {id, hash, line} = page;
		const holder = this.#sent.has(id) || this.config.all ? undefined : this.pushed.batchOf(id, hash);
		if (holder !== undefined && holder !== this.batch.id) {
			this.result.unchanged++;
		} else if (holder !== undefined) {
			this.result.resumed++;
			this.result.accepted++;
		} else {
			await this.#queue(id, line, {relative, page: id, hash});
		}
		this.#sent.add(id);
	}

	async #queue(id, line, note) {
		if (this.#sent.has(id)) {
			// Two files for one address: the later one has to arrive later.
			await this.chunks.settle();
		}
		if (this.config.dryRun) {
			this.result.accepted++;
		} else {
			await this.chunks.add(line, note);
		}
	}

	/** Send what is left and submit. @returns {Promise<object>} the summary */
	async finish({submit = true} = {}) {
		await this.chunks.settle();
		await this.manifest.close();
		const {result, config} = this;
		if (config.dryRun) {
			return result;
		}
		if (result.accepted === 0) {
			return this.#finishEmpty();
		}
		await this.pushed.save();
		result.batch_id = this.batch.id;
		if (submit) {
			const batch = await this.batch.submit();
			await this.#remember(batch);
			await this.batch.close();
			result.dashboard_url = batch.dashboard_url;
		}
		return result;
	}

	async #finishEmpty() {
		const {result} = this;
		await this.batch.cancel();
		if (!result.unchanged) {
			const reason = [...result.skipped, ...result.rejected][0]?.reason;
			throw new NimbusError(`No page was accepted${reason ? `: ${reason}` : ''}. Is \`dir\` the folder of the built site?`, {code: 'empty_batch'});
		}
		return {...result, batch_id: null};
	}

	/** The batch that `wait`, `status` and `review` mean from now on. */
	#remember({batch_id: id, dashboard_url: dashboard, page_count: pages}) {
		const {state, url} = this.config;
		return writeJson(path.join(state, 'state.json'), {version: 1, url, project_id: this.project.id, batch_id: id, dashboard_url: dashboard, pages});
	}

	/** After an error: go on later where it will pass, else leave no half batch behind. */
	async abandon(error) {
		await this.chunks.arrived();
		await this.manifest.close();
		if (!PASSING.has(error?.exit)) {
			await this.batch.cancel();
		}
	}

	async #send(body, notes) {
		const {result, config} = this;
		const batch = await this.batch.make();
		result.batch_id = batch;
		const {outcomes} = await this.client.sendPacked(`/batches/${batch}/pages`, body);
		const taken = [];
		for (const outcome of outcomes) {
			const note = notes[outcome.line - 1];
			if (outcome.outcome === 'rejected') {
				this.#leaveOut(result.rejected, {source_path: note.relative, code: outcome.code, field: outcome.field, reason: outcome.message ?? outcome.code});
			} else {
				taken.push(note);
				result.accepted++;
				result.replaced += outcome.outcome === 'replaced' ? 1 : 0;
				if (config.verbose) {
					config.log(`${note.relative} ${outcome.outcome}`);
				}
			}
		}
		await this.pushed.note(taken, batch);
	}

	#leaveOut(list, entry) {
		this.result.left_out++;
		if (list.length < MAX_LISTED) {
			list.push(entry);
		}
	}
}

/** Upload every HTML file of `config.root` that is new or changed. @param {{submit?: boolean}} [options] `submit: false` leaves the batch open */
export async function uploadFolder(config, options) {
	const upload = await new Upload(config).start();
	try {
		await beginProgress(config, 'Uploading');
		for await (const relative of htmlFiles(config.root, config)) {
			checkInterrupt(config);
			await upload.add(relative, await readFile(path.join(config.root, relative)));
			config.progress?.step();
			config.tidy?.();
		}
		return await upload.finish(options);
	} catch (error) {
		await upload.abandon(error);
		throw error;
	}
}

/** The one line that says what happened. */
export function describeUpload({pages, accepted, unchanged, resumed, left_out: left, rejected, skipped, batch_id: id, dashboard_url: dashboard}, dryRun = false) {
	const parts = [dryRun ? `${accepted} of ${pages} pages would be uploaded` : `${accepted} of ${pages} pages uploaded`];
	if (unchanged) {
		parts.push(`${unchanged} unchanged since the last push`);
	}
	if (resumed) {
		parts.push(`${resumed} of them before it was stopped`);
	}
	if (left) {
		const [first] = [...skipped, ...rejected];
		parts.push(`${left} left out (${first.source_path}: ${first.reason}${left > 1 ? ', …' : ''})`);
	}
	return [...parts, ...(id ? [`batch ${id}`] : []), ...(dashboard ? [dashboard] : [])].join(' · ');
}
