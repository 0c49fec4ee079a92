/** Options from the call, `nimbus.config.json` and the environment, in this order. */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {checkRules} from './dimensions.js';
import {EXIT, NimbusError} from './errors.js';

export const DEFAULT_URL = 'http://127.0.0.1:8000';

const DEFAULTS = {
	url: DEFAULT_URL, dir: 'dist', base: '/', encoding: undefined, tier: undefined, lane: undefined, label: undefined,
	dimensions: undefined, sourceHtml: true, timeout: 3600, verbose: false,
};
const ENVIRONMENT = {key: 'NIMBUS_API_KEY', project: 'NIMBUS_PROJECT', url: 'NIMBUS_URL'};
const KNOWN = new Set([...Object.keys(DEFAULTS), ...Object.keys(ENVIRONMENT), 'cwd', 'dryRun', 'for', 'log', 'transport', 'batch', 'state']);

const usage = message => new NimbusError(message, {code: 'usage', exit: EXIT.usage});

function readFile(file) {
	let text;
	try {
		text = readFileSync(file, 'utf8');
	} catch (error) {
		if (error.code === 'ENOENT') {
			return {};
		}
		throw usage(`${file} cannot be read: ${error.code}.`);
	}
	try {
		return JSON.parse(text);
	} catch (error) {
		throw usage(`${file} is no JSON: ${error.message}.`);
	}
}

function given(options) {
	return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** @returns {object} the finished options; throws a NimbusError that says what is missing and how to write it */
export function readConfig(options = {}, environment = process.env) {
	const cwd = path.resolve(options.cwd ?? '.');
	const fromFile = readFile(path.join(cwd, 'nimbus.config.json'));
	const fromEnvironment = Object.fromEntries(Object.entries(ENVIRONMENT).map(([name, variable]) => [name, environment[variable] || undefined]));
	const config = {...DEFAULTS, ...given(fromEnvironment), ...given(fromFile), ...given(options), cwd};
	for (const name of Object.keys({...fromFile, ...options})) {
		if (!KNOWN.has(name)) {
			throw usage(`There is no option \`${name}\`. The options are ${[...KNOWN].slice(0, 14).join(', ')}.`);
		}
	}
	checkUrl(config);
	config.root = path.resolve(cwd, config.dir);
	config.state ??= path.join(cwd, '.nimbus');
	config.log ??= line => console.log(line);
	if (config.dimensions !== undefined) {
		config.dimensions = loadMaps(config.dimensions, cwd);
	}
	hideKey(config);
	return config;
}

/** Throw unless a key is there; commands that only look at files go without. */
export function needKey(config) {
	if (!config.key) {
		throw usage('No API key. Set NIMBUS_API_KEY in the environment, and write in the gulpfile: '
			+ 'nimbus.upload({project: \'proj_…\', key: process.env.NIMBUS_API_KEY})');
	}
	if (!/^[\x21-\x7e]+$/.test(config.key)) {
		throw usage('The API key holds characters that no key has. Copy it again from the dashboard.');
	}
}

function checkUrl(config) {
	let url;
	try {
		url = new URL(config.url);
	} catch {
		throw usage(`\`url\` is no address: ${config.url}. Write it like https://nimbus.example.com.`);
	}
	if (!/^https?:$/.test(url.protocol) || url.username || url.password) {
		throw usage('`url` starts with https:// and holds no user or password.');
	}
	config.url = config.url.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
	if (!config.base.startsWith('/')) {
		throw usage('`base` is the path the site lives under and starts with `/`.');
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
		throw usage(error.message);
	}
	return loaded;
}

/** The key must not show when somebody prints the options. */
function hideKey(config) {
	Object.defineProperty(config, 'key', {value: config.key, enumerable: false, writable: true});
}
