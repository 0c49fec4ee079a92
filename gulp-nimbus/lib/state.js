/** The folder `.nimbus/`: made when needed, never a link, never in version control. */
import {readFileSync} from 'node:fs';
import {lstat, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {NimbusError} from './errors.js';

/** Make a folder of ours, which is never a link that leads elsewhere. @returns {Promise<string>} it */
export async function openFolder(folder) {
	const found = await lstat(folder).catch(() => undefined);
	if (found && !found.isDirectory()) {
		throw new NimbusError(`${folder} is a link or no folder, so nothing is written there. Remove it.`, {code: 'unsafe_path'});
	}
	await mkdir(folder, {recursive: true});
	return folder;
}

/** Make the folder of the state. @returns {Promise<string>} it */
export async function openState(folder) {
	await openFolder(folder);
	// Git leaves the folder out by its own word; a file that is there stays.
	await writeFile(path.join(folder, '.gitignore'), '*\n', {flag: 'wx'}).catch(error => {
		if (error.code !== 'EEXIST') {
			throw error;
		}
	});
	return folder;
}

/** What the last push left: `{url, project_id, batch_id, …}`, or nothing. */
export function lastPush(folder) {
	try {
		return JSON.parse(readFileSync(path.join(folder, 'state.json'), 'utf8'));
	} catch {
		return {};
	}
}

/** The key that `nimbus init` kept. @returns {string | undefined} */
export function keptKey(folder) {
	try {
		return readFileSync(path.join(folder, 'key'), 'utf8').trim() || undefined;
	} catch {
		return undefined;
	}
}
