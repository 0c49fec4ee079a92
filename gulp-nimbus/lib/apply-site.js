/** Write the project's approved texts into the pages of a site, and note what was done. */
import path from 'node:path';
import {readFile} from 'node:fs/promises';
import {applyPage} from './apply-page.js';
import {checkInterrupt} from './errors.js';
import {beginProgress, htmlFiles, insidePath, writeWhole} from './files.js';
import {contentOf, readPage} from './lock.js';
import {checkBuild, lockToWrite} from './lock-site.js';
import {Manifest, sha256} from './manifest.js';
import {report} from './report.js';
import {LockedTexts, ServerTexts} from './texts.js';

// A site that is wrong as a whole must not fill the memory with its reasons.
const MAX_LISTED = 1000;

export class Application {
	#seen = new Set();
	#noted = [];

	constructor(config) {
		this.config = config;
		this.result = {pages: 0, changed: 0, unchanged: 0, without_result: 0, texts: 0, left_out: 0, skipped: []};
	}

	async start() {
		const {config} = this;
		this.texts = config.frozen ? await LockedTexts.open(config) : await ServerTexts.open(config);
		this.lock = config.frozen ? undefined : await lockToWrite(config);
		this.manifest = await Manifest.load(config.state);
		return this;
	}

	/** @returns {Promise<Buffer>} the bytes this page has to have */
	async page(relative, bytes) {
		const after = await this.#after(relative, bytes);
		this.#seen.add(relative);
		this.result.pages++;
		this.result[after.equals(bytes) ? 'unchanged' : 'changed']++;
		return after;
	}

	async #after(relative, bytes) {
		const {config, manifest, result} = this;
		const before = await manifest.original(relative, bytes);
		const page = readPage(before, config.encoding);
		const content = contentOf(page);
		const found = await this.texts.get(relative, content);
		await this.lock?.note(relative, content, found.optimization);
		if (found.reason) {
			this.#skip([{source_path: relative, target: 'page', reason: found.reason}]);
		}
		if (!found.optimization) {
			result.without_result++;
			manifest.forget(relative);
			return before;
		}
		const done = applyPage(before, found.optimization, config.encoding, page);
		await this.#note(relative, found, {before, bytes}, done);
		return done.bytes;
	}

	async #note(relative, {page_id: page, batch_id: batch}, {before, bytes: disk}, {bytes, applied, skipped}) {
		const {config, manifest, result} = this;
		const isChanged = !bytes.equals(before);
		if (!config.dryRun) {
			const hashes = {before_hash: sha256(before), after_hash: isChanged ? sha256(bytes) : sha256(before), found_hash: sha256(disk)};
			await (isChanged && manifest.keep(before));
			await manifest.note(relative, {page_id: page, batch_id: batch, ...hashes, applied, skipped});
			this.#noted.push(relative);
		}
		result.texts += applied.length;
		this.#skip(skipped.map(entry => ({source_path: relative, ...entry})));
		if (config.verbose) {
			config.log(`${relative} ${applied.length} texts, ${skipped.length} skipped`);
		}
	}

	#skip(entries) {
		const {result} = this;
		result.left_out += entries.length;
		result.skipped.push(...entries.slice(0, Math.max(0, MAX_LISTED - result.skipped.length)));
	}

	/** Save the lock and the manifest, and tell the server. @returns {Promise<object>} the summary */
	async finish(root) {
		const {config, manifest, result, texts} = this;
		await texts.close();
		if (config.dryRun) {
			await manifest.close();
		} else {
			await (this.#seen.size && this.lock?.save(this.#seen, root));
			const entries = this.#noted.map(relative => () => manifest.entry(relative));
			const told = config.frozen ? undefined : {client: texts.client, project: texts.project, entries};
			// Told from the disk, page by page, before the manifest is written anew.
			const failure = told && await report(told).catch(error => error);
			await manifest.save({dir: path.relative(config.cwd, root) || '.', project_id: texts.project?.id});
			if (failure) {
				throw failure;
			}
		}
		texts.refuse?.();
		return result;
	}

	/** What was noted stays noted; the next run goes on from there. */
	async abandon() {
		await this.texts.close();
		await this.manifest.close();
		await this.lock?.close();
	}
}

/** Apply to every HTML file of `config.root`. */
export async function applyFolder(config) {
	if (config.frozen) {
		await checkBuild(config);
	}
	const application = await new Application(config).start();
	try {
		await beginProgress(config, 'Applying');
		for await (const relative of htmlFiles(config.root, config)) {
			checkInterrupt(config);
			await applyFile(application, relative);
			config.progress?.step();
			config.tidy?.();
		}
	} catch (error) {
		await application.abandon();
		throw error;
	}
	return application.finish(config.root);
}

async function applyFile(application, relative) {
	const {root, dryRun} = application.config;
	const file = await insidePath(root, relative);
	const bytes = await readFile(file);
	const after = await application.page(relative, bytes);
	if (!dryRun && !after.equals(bytes)) {
		await writeWhole(file, after);
	}
}

/** The one line that says what happened. */
export function describeApply({pages, changed, texts, without_result: without, left_out: left, skipped}, {dryRun = false, frozen = false} = {}) {
	const parts = [`${changed} of ${pages} pages ${dryRun ? 'would be changed' : 'changed'}`, `${texts} approved texts in place${frozen ? ', from nimbus.lock' : ''}`];
	if (without) {
		parts.push(`${without} without approved text`);
	}
	if (left) {
		parts.push(`${left} skipped (${skipped[0].source_path} ${skipped[0].target}: ${skipped[0].reason}${left > 1 ? ', …' : ''})`);
	}
	return parts.join(' · ');
}
