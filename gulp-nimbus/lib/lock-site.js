/** The lock of a whole build: written from what is approved, or compared with it. */
import {existsSync} from 'node:fs';
import path from 'node:path';
import {readFile} from 'node:fs/promises';
import {Drift} from './drift.js';
import {checkInterrupt} from './errors.js';
import {htmlFiles} from './files.js';
import {matcher} from './glob.js';
import {Lock, contentOf, damaged, readPage, resultOf, textsOf} from './lock.js';
import {Manifest} from './manifest.js';
import {LockedTexts, ServerTexts} from './texts.js';

/** The lock to write; a damaged one is no loss then. */
export async function lockToWrite(config) {
	if (config.dryRun || config.lock === false) {
		return undefined;
	}
	return Lock.load(config).catch(error => {
		if (error.code !== 'lock_damaged') {
			throw error;
		}
		return new Lock(config);
	});
}

/** Download the approved texts, and lock them for each page of the folder. */
export async function pullFolder(config) {
	const texts = await ServerTexts.open(config);
	const lock = await lockToWrite(config);
	const result = {file: texts.file, pages: texts.pages, locked: 0};
	if (lock && existsSync(config.root)) {
		const seen = new Set();
		for await (const {relative, content} of builtPages(config)) {
			await lock.note(relative, content, (await texts.get(relative)).optimization);
			seen.add(relative);
		}
		await (seen.size && lock.save(seen, config.root));
		result.locked = seen.size;
	}
	await lock?.close();
	await texts.close();
	return result;
}

/** Whether the lock holds what is approved now; throws the list where it does not. */
export async function compareLock(config) {
	const [lock, drift] = [await Lock.load(config), new Drift()];
	if (!lock.isThere) {
		throw damaged('it is not there');
	}
	const texts = await ServerTexts.open(config);
	for (const relative of lock.paths()) {
		const [locked, {optimization}] = [await lock.page(relative), await texts.get(relative)];
		const approved = resultOf(textsOf(optimization));
		if (locked.result !== approved) {
			drift.add(relative, approved ? 'outdated' : 'withdrawn');
		}
	}
	await Promise.all([texts.close(), lock.close()]);
	drift.refuse('Run `npx nimbus pull`, and commit nimbus.lock.');
	return {file: texts.file, pages: texts.pages, locked: lock.paths().length};
}

/** Compare the whole build with the lock before a byte is written. */
export async function checkBuild(config) {
	const locked = await LockedTexts.open(config);
	const seen = new Set();
	for await (const {relative, content} of builtPages(config)) {
		await locked.get(relative, content);
		seen.add(relative);
	}
	locked.missing(seen, matcher(config.only));
	await locked.close();
	locked.refuse();
}

/** What each page of the folder says, as it was built. */
async function* builtPages(config) {
	const manifest = await Manifest.load(config.state);
	try {
		for await (const relative of htmlFiles(config.root, config)) {
			checkInterrupt(config);
			const bytes = await manifest.original(relative, await readFile(path.join(config.root, relative)));
			yield {relative, content: contentOf(readPage(bytes, config.encoding))};
			config.tidy?.();
		}
	} finally {
		await manifest.close();
	}
}
