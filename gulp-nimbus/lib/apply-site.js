/** Write the project's approved texts into the pages of a site, note what was done, and take it back. */
import path from 'node:path';
import {readFile} from 'node:fs/promises';
import {applyPage} from './apply-page.js';
import {Client} from './client.js';
import {needKey} from './config.js';
import {htmlFiles, insidePath, writeWhole} from './files.js';
import {Manifest, isWritten, sha256} from './manifest.js';
import {AddressError} from './page-id.js';
import {Project} from './project.js';
import {Results, pullResults} from './results.js';

const REPORT_PAGES = 1000;
const REPORT_BYTES = 1024 * 1024;

export class Application {
	#reports = [];

	constructor(config) {
		needKey(config);
		this.config = config;
		this.client = new Client(config);
		this.result = {pages: 0, changed: 0, unchanged: 0, without_result: 0, texts: 0, skipped: []};
	}

	async start() {
		const {config, client} = this;
		this.project = await Project.load(client, config);
		const {file} = await pullResults(client, this.project.id, config.state);
		this.results = await Results.open(file);
		this.manifest = await Manifest.load(config.state);
		return this;
	}

	/** @returns {Promise<Buffer>} the bytes this page has to have */
	async page(relative, bytes) {
		const after = await this.#after(relative, bytes);
		this.result.pages++;
		this.result[after.equals(bytes) ? 'unchanged' : 'changed']++;
		return after;
	}

	async #after(relative, bytes) {
		const {config, manifest, result} = this;
		const found = await this.#find(relative);
		const before = await manifest.original(relative, bytes);
		if (!found) {
			result.without_result++;
			manifest.pages.delete(relative);
			return before;
		}
		const done = applyPage(before, found.optimization, config.encoding);
		await this.#note(relative, found, {before, bytes}, done);
		return done.bytes;
	}

	async #find(relative) {
		try {
			return await this.results.get(this.project.pageId(relative));
		} catch (error) {
			if (!(error instanceof AddressError)) {
				throw error;
			}
			this.result.skipped.push({source_path: relative, target: 'page', reason: error.message});
			return undefined;
		}
	}

	async #note(relative, found, {before, bytes: disk}, {bytes, applied, skipped}) {
		const {config, manifest, result} = this;
		const isChanged = !bytes.equals(before);
		const hashes = {before_hash: sha256(before), after_hash: isChanged ? sha256(bytes) : sha256(before)};
		if (!config.dryRun) {
			await (isChanged && manifest.keep(before));
			await manifest.note(relative, {page_id: found.page_id, batch_id: found.batch_id, ...hashes, found_hash: sha256(disk), applied, skipped});
		}
		const told = skipped.map(({target, reason}) => ({target: target.slice(0, 80), reason: reason.slice(0, 300)}));
		this.#reports.push({page_id: found.page_id, ...hashes, applied, skipped: told});
		result.texts += applied.length;
		result.skipped.push(...skipped.map(entry => ({source_path: relative, ...entry})));
		if (config.verbose) {
			config.log(`${relative} ${applied.length} texts, ${skipped.length} skipped`);
		}
	}

	/** Save the manifest and tell the server. @returns {Promise<object>} the summary */
	async finish(root) {
		const {config, manifest, result} = this;
		await this.results.close();
		if (!config.dryRun) {
			await manifest.save({dir: path.relative(config.cwd, root) || '.', project_id: this.project.id});
			await this.#report();
		}
		return result;
	}

	async #report() {
		for (const pages of portions(this.#reports)) {
			await this.client.json('POST', `/projects/${this.project.id}/applied`, {pages});
		}
	}
}

/** As many pages as one report may hold. */
function* portions(reports) {
	let [portion, size] = [[], 0];
	for (const report of reports) {
		const length = Buffer.byteLength(JSON.stringify(report));
		if (portion.length && (portion.length >= REPORT_PAGES || size + length > REPORT_BYTES)) {
			yield portion;
			[portion, size] = [[], 0];
		}
		portion.push(report);
		size += length;
	}
	if (portion.length) {
		yield portion;
	}
}

/** Apply to every HTML file of `config.root`. */
export async function applyFolder(config) {
	const application = await new Application(config).start();
	for await (const relative of htmlFiles(config.root)) {
		const file = await insidePath(config.root, relative);
		const bytes = await readFile(file);
		const after = await application.page(relative, bytes);
		if (!config.dryRun && !after.equals(bytes)) {
			await writeWhole(file, after);
		}
	}
	return application.finish(config.root);
}

/** Give every applied file its exact bytes from before. Files that were changed or built anew since are left alone. */
export async function undoFolder(config) {
	const manifest = await Manifest.load(config.state);
	const result = {restored: 0, skipped: []};
	for (const [relative, entry] of [...manifest.pages].filter(([, {before_hash: before, after_hash: after}]) => before !== after)) {
		const reason = await restore(config, manifest, relative, entry);
		if (reason) {
			result.skipped.push({source_path: relative, reason});
		} else {
			result.restored++;
			manifest.pages.delete(relative);
		}
	}
	if (!config.dryRun) {
		await manifest.save({dir: path.relative(config.cwd, config.root) || '.'});
	}
	return result;
}

async function restore(config, manifest, relative, entry) {
	let file;
	let bytes;
	try {
		file = await insidePath(config.root, relative);
		bytes = await readFile(file);
	} catch (error) {
		return error.code === 'ENOENT' ? 'the file is gone' : error.message;
	}
	if (!isWritten(entry, sha256(bytes))) {
		return 'the file was changed since';
	}
	const original = await manifest.kept(entry.before_hash);
	if (!original) {
		return 'its original is missing or damaged';
	}
	if (!config.dryRun) {
		await writeWhole(file, original);
	}
	return '';
}

/** The one line that says what happened. */
export function describeApply({pages, changed, texts, without_result: without, skipped}, dryRun = false) {
	const parts = [`${changed} of ${pages} pages ${dryRun ? 'would be changed' : 'changed'}`, `${texts} approved texts in place`];
	if (without) {
		parts.push(`${without} without approved text`);
	}
	if (skipped.length) {
		parts.push(`${skipped.length} skipped (${skipped[0].source_path} ${skipped[0].target}: ${skipped[0].reason}${skipped.length > 1 ? ', …' : ''})`);
	}
	return parts.join(' · ');
}
