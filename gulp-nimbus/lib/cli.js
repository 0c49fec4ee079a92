/** The `nimbus` command: one function a command, one summary line or one JSON object, documented exit codes. */
import path from 'node:path';
import {parseArgs} from 'node:util';
import {applyFolder, describeApply, undoFolder} from './apply-site.js';
import {Client} from './client.js';
import {needKey, readConfig} from './config.js';
import {EXIT, NimbusError} from './errors.js';
import {Manifest} from './manifest.js';
import {Project} from './project.js';
import {pullResults} from './results.js';
import {describeUpload, uploadFolder} from './upload.js';
import {describeBatch, loadBatch, waitForBatch} from './wait.js';

export const HELP = `nimbus: better copy for the pages of a built site

  nimbus push [dir]     upload the HTML files of a folder as a new batch
  nimbus wait           wait until the last batch is final (--for review: until nothing waits for a person)
  nimbus status         how the last batch stands
  nimbus pull           download the project's approved texts to .nimbus/results.ndjson
  nimbus apply [dir]    download them and write them into the pages, byte for byte
  nimbus undo [dir]     give the applied pages their bytes from before

  --project, --key, --url   else from nimbus.config.json or NIMBUS_PROJECT, NIMBUS_API_KEY, NIMBUS_URL
  --tier, --lane, --label   of the batch (push)
  --base                    the path the site lives under (default /)
  --batch                   another batch than the last (wait, status)
  --for, --timeout          what to wait for, and how many seconds
  --strict                  exit with 8 when something was left out or skipped (push, apply, undo)
  --dry-run                 change nothing
  --json                    print one JSON object
  --verbose                 print one line a page
  --help, --version
`;

const OPTIONS = {
	project: {type: 'string'}, key: {type: 'string'}, url: {type: 'string'}, tier: {type: 'string'}, lane: {type: 'string'},
	label: {type: 'string'}, base: {type: 'string'}, batch: {type: 'string'}, for: {type: 'string'}, timeout: {type: 'string'},
	strict: {type: 'boolean'}, 'dry-run': {type: 'boolean'}, json: {type: 'boolean'}, verbose: {type: 'boolean', short: 'v'},
	help: {type: 'boolean', short: 'h'}, version: {type: 'boolean'},
};

const left = result => (result.skipped?.length ?? 0) + (result.rejected?.length ?? 0);

/** Each command answers the summary line, the data for `--json`, and how much was left out. */
const COMMANDS = {
	async push(config) {
		const result = await uploadFolder(config);
		return {line: describeUpload(result, config.dryRun), data: result, left: left(result)};
	},
	async wait(config) {
		const batch = await waitForBatch(config);
		return {line: describeBatch(batch), data: batch};
	},
	async status(config) {
		const batch = await loadBatch(config);
		return {line: describeBatch(batch), data: batch};
	},
	async pull(config) {
		needKey(config);
		const client = new Client(config);
		const project = await Project.load(client, config);
		const {file, pages} = await pullResults(client, project.id, config.state);
		return {line: `${pages} pages with approved text · ${file}`, data: {file, pages}};
	},
	async apply(config) {
		const result = await applyFolder(config);
		return {line: describeApply(result, config.dryRun), data: result, left: left(result)};
	},
	async undo(config) {
		const result = await undoFolder(await appliedFolder(config));
		const skipped = result.skipped.length ? ` · ${result.skipped.length} skipped (${result.skipped[0].source_path}: ${result.skipped[0].reason})` : '';
		return {line: `${result.restored} pages ${config.dryRun ? 'would be ' : ''}restored${skipped}`, data: result, left: left(result)};
	},
};

/** Without a folder, `undo` works on the one that was applied to last. */
async function appliedFolder(config) {
	const {dir} = await Manifest.load(config.state);
	return config.isDirGiven || !dir ? config : Object.assign(config, {root: path.resolve(config.cwd, dir)});
}

function readArguments(args) {
	try {
		return parseArgs({args, options: OPTIONS, allowPositionals: true});
	} catch (error) {
		throw new NimbusError(`${error.message.split('. ')[0]}. See \`nimbus --help\`.`, {code: 'usage', exit: EXIT.usage});
	}
}

function configOf({values, positionals}, {cwd, env, transport, log}) {
	const {timeout, strict, json, help, version, 'dry-run': dryRun, ...options} = values;
	const [command, dir, ...more] = positionals;
	const usage = message => new NimbusError(message, {code: 'usage', exit: EXIT.usage});
	if (!Object.hasOwn(COMMANDS, command ?? '')) {
		throw usage(command ? `There is no command \`${command}\`. See \`nimbus --help\`.` : 'Name a command. See `nimbus --help`.');
	}
	if (more.length || (dir !== undefined && !['push', 'apply', 'undo'].includes(command))) {
		throw usage(`\`nimbus ${command}\` does not take \`${more[0] ?? dir}\`. See \`nimbus --help\`.`);
	}
	if (timeout !== undefined && !(Number(timeout) > 0)) {
		throw usage('--timeout is a number of seconds.');
	}
	const config = readConfig({...options, dryRun, dir, cwd, transport, timeout: timeout && Number(timeout), log: json ? () => {} : log}, env);
	return Object.assign(config, {isDirGiven: dir !== undefined});
}

/** Run one command. @returns {Promise<number>} the exit code */
export async function main(args, {cwd = process.cwd(), env = process.env, transport, out = console.log, err = console.error, version = ''} = {}) {
	let isJson = args.includes('--json');
	try {
		const parsed = readArguments(args);
		isJson = Boolean(parsed.values.json);
		if (parsed.values.help || parsed.values.version) {
			out(parsed.values.help ? HELP : version);
			return EXIT.ok;
		}
		const config = configOf(parsed, {cwd, env, transport, log: out});
		const done = await COMMANDS[parsed.positionals[0]](config);
		out(isJson ? JSON.stringify(done.data) : done.line);
		return parsed.values.strict && done.left ? EXIT.skipped : EXIT.ok;
	} catch (error) {
		const isOurs = error instanceof NimbusError;
		if (isJson) {
			out(JSON.stringify({error: {code: isOurs ? error.code : 'internal', message: error.message}}));
		} else {
			err(isOurs ? `nimbus: ${error.message}` : error.stack);
		}
		return isOurs ? error.exit : EXIT.failed;
	}
}
