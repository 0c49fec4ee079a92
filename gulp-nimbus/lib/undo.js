/** Give every applied file its exact bytes from before. Files that were changed or built anew since are left alone. */
import path from 'node:path';
import {readFile} from 'node:fs/promises';
import {checkInterrupt} from './errors.js';
import {insidePath, writeWhole} from './files.js';
import {matcher} from './glob.js';
import {Manifest, isWritten, sha256} from './manifest.js';

export async function undoFolder(config) {
	const manifest = await Manifest.load(config.state);
	const result = {restored: 0, skipped: []};
	for (const relative of manifest.paths().filter(matcher(config.only))) {
		checkInterrupt(config);
		const entry = await manifest.entry(relative);
		if (entry.before_hash === entry.after_hash) {
			continue;
		}
		const reason = await restore(config, manifest, relative, entry);
		if (reason) {
			result.skipped.push({source_path: relative, reason});
		} else {
			result.restored++;
			manifest.forget(relative);
		}
	}
	await (config.dryRun ? manifest.close() : manifest.save({dir: path.relative(config.cwd, config.root) || '.'}));
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

export function describeUndo({restored, skipped}, dryRun = false) {
	const left = skipped.length ? ` · ${skipped.length} skipped (${skipped[0].source_path}: ${skipped[0].reason})` : '';
	return `${restored} pages ${dryRun ? 'would be ' : ''}restored${left}`;
}
