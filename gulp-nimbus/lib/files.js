/** Files of a built site: found in order, read whole, written in one piece, never outside their folder. */
import {randomBytes} from 'node:crypto';
import {chmod, lstat, mkdir, open, readdir, readFile, realpath, rename, rm, stat} from 'node:fs/promises';
import path from 'node:path';
import {NimbusError, usageError} from './errors.js';
import {matcher} from './glob.js';

const PIECE = 256 * 1024;

export const isHtml = name => /\.html?$/i.test(name);

/**
 * The HTML files under `root` as relative paths with `/`; links are not followed.
 * @param {string} root @param {{only?: string | string[]}} [options] `only`: patterns of the pages that are meant
 * @returns {AsyncGenerator<string>}
 */
export async function* htmlFiles(root, {only} = {}) {
	const isMeant = matcher(only);
	for await (const relative of walk(root, '')) {
		if (isMeant(relative)) {
			yield relative;
		}
	}
}

/** Tell how many pages there are, where somebody looks on. */
export async function beginProgress(config, label) {
	let count = 0;
	if (config.progress) {
		for await (const relative of htmlFiles(config.root, config)) {
			count += relative ? 1 : 0;
		}
		config.progress.begin(label, count);
	}
}

async function* walk(root, under) {
	const entries = await readdir(path.join(root, under), {withFileTypes: true}).catch(error => {
		throw usageError(`The folder ${path.join(root, under)} cannot be read (${error.code}). Build the site first, or set \`dir\`.`, error);
	});
	entries.sort((a, b) => (a.name < b.name ? -1 : 1));
	for (const entry of entries) {
		const relative = under ? `${under}/${entry.name}` : entry.name;
		if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) {
			yield* walk(root, relative);
		} else if (entry.isFile() && isHtml(entry.name)) {
			yield relative;
		}
	}
}

/** The absolute path of a file under `root`; throws when it would lie outside, or when a link stands in the way. */
export async function insidePath(root, relative) {
	const refuse = why => new NimbusError(`${relative} is not written: ${why}.`, {code: 'unsafe_path'});
	if (relative === '' || relative.includes('\0') || relative.includes('\\') || path.posix.isAbsolute(relative) || /^[A-Za-z]:/.test(relative)
		|| relative.split('/').some(part => part === '..' || part === '.' || part === '')) {
		throw refuse('its path leads out of the folder');
	}
	const target = path.join(root, ...relative.split('/'));
	const folder = await realpath(path.dirname(target)).catch(() => '');
	if (folder !== path.join(await realpath(root), ...relative.split('/').slice(0, -1))) {
		throw refuse('a folder on its way is missing or a link');
	}
	const found = await lstat(target).catch(() => undefined);
	if (found && !found.isFile()) {
		throw refuse('it is a link or no file');
	}
	return target;
}

/** Write a file in one piece: a crash leaves the old bytes or the new ones, and a hard link elsewhere keeps the old. */
export function writeWhole(file, bytes) {
	return replace(file, handle => handle.writeFile(bytes));
}

/** The same for lines that come one by one. @param {string} file @param {AsyncIterable<string>} lines @param {{beforeRename?: () => Promise<void>}} [options] */
export function writeLines(file, lines, {beforeRename} = {}) {
	return replace(file, async handle => {
		let waiting = [];
		let size = 0;
		const write = async () => {
			await handle.writeFile(waiting.join(''));
			[waiting, size] = [[], 0];
		};
		for await (const line of lines) {
			waiting.push(line, '\n');
			size += line.length;
			await (size >= PIECE && write());
		}
		await write();
	}, beforeRename);
}

async function replace(file, fill, beforeRename) {
	const temporary = path.join(path.dirname(file), `.${path.basename(file).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`);
	try {
		const handle = await open(temporary, 'wx');
		try {
			await fill(handle);
		} finally {
			await handle.close();
		}
		const mode = await stat(file).then(found => found.mode & 0o7777, () => undefined);
		if (mode !== undefined) {
			await chmod(temporary, mode);
		}
		await beforeRename?.();
		await rename(temporary, file);
	} catch (error) {
		await rm(temporary, {force: true});
		throw error;
	}
}

/** Write JSON under the state folder, which is made when missing. */
export async function writeJson(file, data) {
	await mkdir(path.dirname(file), {recursive: true});
	await writeWhole(file, `${JSON.stringify(data, null, '\t')}\n`);
}

/** @returns {Promise<any>} the JSON of a file, or `undefined` when there is none */
export async function readJsonFile(file) {
	let text;
	try {
		text = await readFile(file, 'utf8');
	} catch (error) {
		if (error.code === 'ENOENT') {
			return undefined;
		}
		throw error;
	}
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new NimbusError(`${file} is damaged. Remove it and run the command again.`, {code: 'bad_state', cause: error});
	}
}
