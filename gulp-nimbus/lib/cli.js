/** The `nimbus` command: arguments in, one summary line or one JSON object out, documented exit codes. */
import {parseArgs} from 'node:util';
import {COMMANDS} from './commands.js';
import {readConfig} from './config.js';
import {EXIT, NimbusError, usageError} from './errors.js';
import {HELP} from './help.js';
import {Progress} from './progress.js';
import {makeTidy} from './tidy.js';

const OPTIONS = {
	project: {type: 'string'}, key: {type: 'string'}, url: {type: 'string'}, tier: {type: 'string'}, lane: {type: 'string'},
	label: {type: 'string'}, base: {type: 'string'}, batch: {type: 'string'}, for: {type: 'string'}, timeout: {type: 'string'},
	only: {type: 'string', multiple: true}, all: {type: 'boolean'}, frozen: {type: 'boolean'}, ca: {type: 'string'}, parallel: {type: 'string'},
	strict: {type: 'boolean'}, 'dry-run': {type: 'boolean'}, json: {type: 'boolean'}, verbose: {type: 'boolean', short: 'v'},
	help: {type: 'boolean', short: 'h'}, version: {type: 'boolean'},
};
const TAKES_FOLDER = ['init', 'doctor', 'push', 'estimate', 'pull', 'apply', 'undo'];
/** Options that mean something to these commands alone; elsewhere they would be a mistake that nobody notices. */
const OWN = {
	only: ['push', 'estimate', 'apply', 'undo'], all: ['push', 'estimate'], frozen: ['apply', 'pull'], batch: ['wait', 'status', 'review'], for: ['wait', 'status'],
	strict: ['push', 'estimate', 'apply', 'undo'],
};

function readArguments(args) {
	try {
		return parseArgs({args, options: OPTIONS, allowPositionals: true});
	} catch (error) {
		throw usageError(`${error.message.split('. ')[0]}. See \`nimbus --help\`.`);
	}
}

function checkCommand({values, positionals: [command, dir, ...more]}) {
	if (!Object.hasOwn(COMMANDS, command ?? '')) {
		throw usageError(command ? `There is no command \`${command}\`. See \`nimbus --help\`.` : 'Name a command. See `nimbus --help`.');
	}
	if (more.length || (dir !== undefined && !TAKES_FOLDER.includes(command))) {
		throw usageError(`\`nimbus ${command}\` does not take \`${more[0] ?? dir}\`. See \`nimbus --help\`.`);
	}
	const stranger = Object.keys(values).find(name => OWN[name] && !OWN[name].includes(command));
	if (stranger) {
		throw usageError(`\`nimbus ${command}\` does not take \`--${stranger}\`. See \`nimbus --help\`.`);
	}
	if (values.timeout !== undefined && !(Number(values.timeout) > 0)) {
		throw usageError('--timeout is a number of seconds.');
	}
}

function configOf({values, positionals}, {cwd, env, transport, signal, progress, log}) {
	const {timeout, parallel, strict, json, help, version, 'dry-run': dryRun, ...options} = values;
	const [, dir] = positionals;
	const numbers = {timeout: timeout && Number(timeout), parallel: parallel && Number(parallel)};
	const config = readConfig({...options, ...numbers, dryRun, dir, cwd, transport, signal, progress, tidy: makeTidy(), log}, env);
	return Object.assign(config, {given: {dir, key: options.key}});
}

/** A bar or lines beside the summary, which alone goes to the standard output. */
function progressOf({stderr, env, isJson}) {
	return stderr && !isJson ? new Progress({write: text => stderr.write(text), isTerminal: Boolean(stderr.isTTY) && !env.CI}) : undefined;
}

/** Run one command. @returns {Promise<number>} the exit code */
export async function main(args, {cwd = process.cwd(), env = process.env, out = console.log, err = console.error, version = '', ...terminal} = {}) {
	let isJson = args.includes('--json');
	let progress;
	try {
		const parsed = readArguments(args);
		isJson = Boolean(parsed.values.json);
		if (parsed.values.help || parsed.values.version) {
			out(parsed.values.help ? HELP : version);
			return EXIT.ok;
		}
		checkCommand(parsed);
		progress = progressOf({...terminal, env, isJson});
		const log = line => {
			progress?.clear();
			out(line);
		};
		const config = configOf(parsed, {...terminal, cwd, env, progress, log: isJson ? () => {} : log});
		const done = await COMMANDS[parsed.positionals[0]](config, terminal);
		progress?.end();
		out(isJson ? JSON.stringify(done.data) : done.line);
		return done.exit ?? (parsed.values.strict && done.left ? EXIT.skipped : EXIT.ok);
	} catch (error) {
		progress?.end();
		return tell(error, {isJson, out, err});
	}
}

function tell(error, {isJson, out, err}) {
	const isOurs = error instanceof NimbusError;
	const exit = isOurs ? error.exit : EXIT.failed;
	if (isJson) {
		out(JSON.stringify({error: {code: isOurs ? error.code : 'internal', exit, message: error.message, ...error.data}}));
	} else {
		// What the system refuses, such as EACCES or ENOSPC, is said in its words; anything else is our fault.
		err(isOurs || error.syscall ? `nimbus: ${error.message}` : error.stack);
	}
	return exit;
}
