/** The first step in a repository: check the key, write `nimbus.config.json`, keep the key where git does not look. */
import {existsSync} from 'node:fs';
import {rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {Client} from './client.js';
import {CONFIG_NAME, needKey} from './config.js';
import {usageError} from './errors.js';
import {readJsonFile, writeJson} from './files.js';
import {Project} from './project.js';
import {openState} from './state.js';

/** Where generators put the built site. */
const FOLDERS = ['dist', '_site', 'public', 'build', 'out', '_build'];

/**
 * @param {object} config
 * @param {{given: {key?: string, dir?: string}, askKey: () => Promise<string>}} more what the command line named, and who to ask
 */
export async function initFolder(config, {given, askKey}) {
	const typed = given.key ?? (config.environment.NIMBUS_API_KEY ? undefined : await askKey());
	config.key = typed || config.key;
	needKey(config);
	const project = await Project.load(new Client(config), config);
	const file = path.join(config.cwd, CONFIG_NAME);
	const before = await readJsonFile(file) ?? {};
	const dir = given.dir ?? before.dir ?? FOLDERS.find(name => existsSync(path.join(config.cwd, name))) ?? 'dist';
	// A key in a file that is committed would be everybody's.
	const {key: exposed, ...kept} = before;
	const written = {...kept, url: config.url, project: project.id, dir};
	const isKept = Boolean(typed || exposed);
	if (!config.dryRun) {
		await writeJson(file, written);
		await openState(config.state);
		await (isKept && keepKey(config, typed || exposed));
	}
	return {file, config: written, project: {project_id: project.id, name: project.name, domain: project.domain}, key_kept: isKept};
}

async function keepKey({state}, key) {
	const file = path.join(state, 'key');
	// Made anew, so that it is never readable by others, and never a link.
	await rm(file, {force: true});
	await writeFile(file, `${key}\n`, {mode: 0o600, flag: 'wx'});
}

export function describeInit({project, config, key_kept: isKept}, {dryRun}) {
	const key = isKept ? 'the key is kept in .nimbus/key, which git leaves out' : 'the key stays in NIMBUS_API_KEY';
	return `${project.name} (${project.domain}) · ${CONFIG_NAME} ${dryRun ? 'would be written' : 'written'}, folder ${config.dir} · ${key} · next: npx nimbus push`;
}

/** Who is asked when nobody is there. */
export const nobody = async () => {
	throw usageError('No API key. Paste one into `npx nimbus init`, or set NIMBUS_API_KEY.');
};
