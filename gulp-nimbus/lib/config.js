/** Options from the call, `nimbus.config.json` and the environment, in this order. */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {checkRules} from './dimensions.js';
import {usageError} from './errors.js';
import {keptKey, lastPush} from './state.js';

export const DEFAULT_URL = 'http://127.0.0.1:8000';

const DEFAULTS = {
	url: DEFAULT_URL, dir: 'dist', base: '/', encoding: undefined, tier: undefined, lane: undefined, label: undefined,
	dimensions: undefined, sourceHtml: true, only: undefined, all: false, frozen: false, lock: true, parallel: 4, ca: undefined, timeout: 3600, verbose: false,
};
const ENVIRONMENT = {key: 'NIMBUS_API_KEY', project: 'NIMBUS_PROJECT', url: 'NIMBUS_URL'};
export const CONFIG_OPTIONS = [...Object.keys(DEFAULTS), 'key', 'project'];
const KNOWN = new Set([...CONFIG_OPTIONS, 'cwd', 'dryRun', 'for', 'log', 'progress', 'tidy', 'transport', 'batch', 'state', 'signal']);

export const CONFIG_NAME = 'nimbus.config.json';

function readFile(file) {
	let text;
	try {
		text = readFileSync(file, 'utf8');
	} catch (error) {
		if (error.code === 'ENOENT') {
			return {};
		}
		throw usageError(`${file} cannot be read: ${error.code}.`);
	}
	try {
		return JSON.parse(text);
	} catch (error) {
		// The message of the parser would show what stands there, which may be a key.
		throw usageError(`${file} is no JSON${/ at position \d+/.exec(error.message)?.[0] ?? ''}.`);
	}
}

function given(options) {
	return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** @returns {object} the finished options; throws a NimbusError that says what is missing and how to write it */
export function readConfig(options = {}, environment = process.env) {
	const cwd = path.resolve(options.cwd ?? '.');
	const state = options.state ?? path.join(cwd, '.nimbus');
	const fromFile = readFile(path.join(cwd, CONFIG_NAME));
	const fromEnvironment = Object.fromEntries(Object.entries(ENVIRONMENT).map(([name, variable]) => [name, environment[variable] || undefined]));
	const kept = {url: lastPush(state).url, key: keptKey(state)};
	const config = {...DEFAULTS, ...given(kept), ...given(fromEnvironment), ...given(fromFile), ...given(options), cwd, state};
	for (const name of Object.keys({...fromFile, ...options})) {
		if (!KNOWN.has(name)) {
			throw usageError(`There is no option \`${name}\`. The options are ${CONFIG_OPTIONS.join(', ')}.`);
		}
	}
	check(config);
	config.root = path.resolve(cwd, config.dir);
	config.ca &&= path.resolve(cwd, config.ca);
	config.lockFile = path.join(cwd, 'nimbus.lock');
	config.log ??= line => console.log(line);
	// Where a proxy and certificates are named.
	config.environment = environment;
	config.configKeys = Object.keys(fromFile);
	if (config.dimensions !== undefined) {
		config.dimensions = loadMaps(config.dimensions, cwd);
	}
	hide(config, 'key');
	hide(config, 'environment');
	return config;
}

/** Throw unless a key is there; commands that only look at files go without. */
export function needKey(config) {
	if (!config.key) {
		throw usageError('No API key. Run `npx nimbus init`, or set NIMBUS_API_KEY in the environment, and write in the gulpfile: '
			+ 'nimbus.upload({project: \'proj_…\', key: process.env.NIMBUS_API_KEY})');
	}
	if (!/^[\x21-\x7e]+$/.test(config.key)) {
		throw usageError('The API key holds characters that no key has. Copy it again from the dashboard.');
	}
}

function check(config) {
	let url;
	try {
		url = new URL(config.url);
	} catch {
		throw usageError(`\`url\` is no address: ${config.url}. Write it like https://nimbus.example.com.`);
	}
	if (!/^https?:$/.test(url.protocol) || url.username || url.password) {
		throw usageError('`url` starts with https:// and holds no user or password.');
	}
	config.url = config.url.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
	if (!config.base.startsWith('/')) {
		throw usageError('`base` is the path the site lives under and starts with `/`.');
	}
	if (!(Number.isInteger(config.parallel) && config.parallel >= 1 && config.parallel <= 16)) {
		throw usageError('`parallel` is how many chunks travel at once, from 1 to 16.');
	}
}

/** A map rule may name a JSON file instead of holding its pages. */
function loadMaps(rules, cwd) {
	const loaded = Array.isArray(rules) ? rules.map(rule => {
		if (rule?.type !== 'map' || typeof rule.file !== 'string') {
			return rule;
		}
		const {file, ...rest} = rule;
		return {...rest, pages: readFile(path.resolve(cwd, file))};
	}) : rules;
	try {
		checkRules(loaded);
	} catch (error) {
		throw usageError(error.message);
	}
	return loaded;
}

/** Secrets must not show when somebody prints the options. */
function hide(config, name) {
	Object.defineProperty(config, name, {value: config[name], enumerable: false, writable: true});
}
