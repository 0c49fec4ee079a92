/** Everything that may stand between this folder and the server, looked at one by one; each finding says what to do. */
import {existsSync} from 'node:fs';
import {access, constants, lstat} from 'node:fs/promises';
import path from 'node:path';
import {Client} from './client.js';
import {CONFIG_NAME, needKey} from './config.js';
import {EXIT} from './errors.js';
import {htmlFiles} from './files.js';
import {Project} from './project.js';
import {proxyFor, shownProxy} from './proxy.js';
import {keptKey} from './state.js';

const MIN_NODE = 20;
const MAX_SKEW_S = 300;
const LOOK_TRIES = 2;

/** @returns {Promise<{checks: {name: string, status: 'ok' | 'warn' | 'fail', detail: string}[], exit: number}>} */
export async function examine(config) {
	const found = [node(), configuration(config), proxy(config), key(config), ...await server(config), await folder(config), await writing(config)];
	const failed = found.find(check => check.status === 'fail');
	return {checks: found.map(({name, status, detail}) => ({name, status, detail})), exit: failed?.exit ?? EXIT.ok};
}

export function describeCheckup({checks}) {
	const marks = {ok: 'ok  ', warn: 'warn', fail: 'FAIL'};
	return checks.map(({name, status, detail}) => `${marks[status]} ${name.padEnd(8)} ${detail}`).join('\n');
}

const ok = (name, detail) => ({name, status: 'ok', detail});
const warn = (name, detail) => ({name, status: 'warn', detail});
const fail = (name, detail, exit) => ({name, status: 'fail', detail, exit});

function node(version = process.versions.node) {
	return Number.parseInt(version, 10) >= MIN_NODE ? ok('node', version) : fail('node', `${version} is too old. Install Node ${MIN_NODE} or newer.`, EXIT.usage);
}

function configuration({cwd, configKeys}) {
	if (!existsSync(path.join(cwd, CONFIG_NAME))) {
		return warn('config', `there is no ${CONFIG_NAME} here. \`npx nimbus init\` writes it.`);
	}
	if (configKeys.includes('key')) {
		return warn('config', `${CONFIG_NAME} holds the API key. Keep it in NIMBUS_API_KEY; \`npx nimbus init\` takes it out.`);
	}
	return ok('config', CONFIG_NAME);
}

function proxy({url, environment, ca}) {
	const found = proxyFor(new URL(url), environment);
	const extra = ca ?? environment.NODE_EXTRA_CA_CERTS;
	return ok('proxy', `${found ? shownProxy(found) : 'none'}${extra ? `, certificates from ${extra}` : ''}`);
}

function key(config) {
	try {
		needKey(config);
	} catch (error) {
		return fail('key', error.message, error.exit);
	}
	if (!/^nmb_(?:live|test)_[0-9A-Za-z]{38,}$/.test(config.key)) {
		return warn('key', 'does not look like `nmb_live_…`. Was it copied whole?');
	}
	const isKept = config.key === keptKey(config.state) && !config.environment.NIMBUS_API_KEY;
	return ok('key', `${config.key.slice(0, 9)}… from ${isKept ? '.nimbus/key' : 'the environment or the options'}`);
}

/** Whether the server answers, knows the key, and has the same time. */
async function server(config) {
	if (!config.key) {
		return [];
	}
	let date;
	const client = new Client({...config, key: config.key, environment: config.environment, tries: LOOK_TRIES});
	const {transport} = client;
	client.transport = async (...request) => {
		const response = await transport(...request);
		date = response.headers.get('date');
		return response;
	};
	try {
		const project = await Project.load(client, config);
		return [ok('server', `${config.url} · ${project.name} (${project.domain})`), clock(date)];
	} catch (error) {
		return [fail('server', error.message, error.exit ?? EXIT.failed)];
	}
}

function clock(date, now = Date.now()) {
	const skew = date ? Math.abs(now - Date.parse(date)) / 1000 : 0;
	return skew <= MAX_SKEW_S ? ok('clock', 'agrees with the server') : warn('clock', `is ${Math.round(skew)} s off. Certificates and keys may seem expired; set it.`);
}

async function folder(config) {
	let count = 0;
	try {
		for await (const relative of htmlFiles(config.root, config)) {
			count += relative ? 1 : 0;
		}
	} catch (error) {
		return fail('folder', error.message, error.exit ?? EXIT.failed);
	}
	const where = path.relative(config.cwd, config.root) || '.';
	if (!count) {
		return fail('folder', `${where} holds no HTML page. Build the site first, or set \`dir\`.`, EXIT.usage);
	}
	return ok('folder', `${where} holds ${count.toLocaleString('en')} HTML pages`);
}

async function writing({root, state, cwd}) {
	if ((await lstat(state).catch(() => undefined))?.isSymbolicLink()) {
		return fail('writing', `${state} is a link. Remove it.`, EXIT.usage);
	}
	for (const place of [root, existsSync(state) ? state : cwd].filter(existsSync)) {
		const isWritable = await access(place, constants.W_OK).then(() => true, () => false);
		if (!isWritable) {
			return fail('writing', `${place} cannot be written. \`nimbus apply\` needs that.`, EXIT.usage);
		}
	}
	return ok('writing', 'the site and .nimbus/ can be written');
}
