/** The HTTP side: one request with retries, JSON answers, NDJSON streams. `docs/api.md` is the contract. */
import {randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {gzip} from 'node:zlib';
import {promisify} from 'node:util';
import {EXIT, NimbusError, interrupted} from './errors.js';
import {makeTransport} from './transport.js';

const RETRIED = new Set([408, 425, 429, 500, 502, 503, 504]);
const EXITS = {401: EXIT.auth, 402: EXIT.budget, 403: EXIT.auth, 429: EXIT.rateLimited, 502: EXIT.unavailable, 503: EXIT.unavailable, 504: EXIT.unavailable};
const TRIES = 7;
const MAX_DELAY_MS = 60_000;
// Who asks for more patience than this is told to the user instead.
const MAX_ASKED_MS = 120_000;
const MAX_LINE = 64 * 1024 * 1024;
const compress = promisify(gzip);

/** @param {string | null} value of a Retry-After header @returns {number | undefined} milliseconds */
export function retryAfter(value, now = Date.now()) {
	if (!value) {
		return undefined;
	}
	const wait = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
	return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/** @returns {AsyncGenerator<string>} the non-empty lines of a stream of bytes */
export async function* readLines(chunks) {
	const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
	let rest = '';
	for await (const chunk of chunks) {
		const lines = (rest + decoder.decode(chunk, {stream: true})).split('\n');
		rest = lines.pop();
		if (rest.length > MAX_LINE) {
			throw new NimbusError('The server sent a line that is too long.', {code: 'bad_answer'});
		}
		yield* lines.filter(line => line.trim());
	}
	rest += decoder.decode();
	if (rest.trim()) {
		yield rest;
	}
}

export class Client {
	#key;
	// A server that names a time to one request means all of them.
	#notBefore = 0;

	/** @param {{url: string, key: string, transport?: typeof fetch, pause?: (ms: number) => Promise<void>, signal?: AbortSignal, tries?: number}} options */
	constructor({url, key, transport, ca, environment, pause = sleep, signal, tries = TRIES}) {
		this.base = `${url}/api/v1`;
		this.#key = key;
		this.transport = transport ?? makeTransport({ca, environment});
		this.pause = pause;
		this.signal = signal;
		this.tries = tries;
	}

	/** One request, tried again while the answer is worth it. @returns {Promise<Response>} */
	async request(method, path, {body, headers = {}, timeout = 60, accept = [], idempotencyKey = randomUUID()} = {}) {
		const sent = {
			accept: 'application/json', 'user-agent': 'gulp-nimbus', ...headers, authorization: `Bearer ${this.#key}`,
			...(method === 'POST' ? {'idempotency-key': idempotencyKey} : {}),
		};
		for (let attempt = 1; ; attempt++) {
			await this.#hold();
			const {response, error} = await this.#try(method, path, {body, headers: sent, timeout});
			if (response && (response.ok || accept.includes(response.status))) {
				return response;
			}
			// A conflict that passes, such as this very request still under way, says when to come back.
			const isPassing = response?.status === 409 && response.headers.has('retry-after');
			const asked = retryAfter(response?.headers.get('retry-after'));
			const isWorthIt = response ? RETRIED.has(response.status) || isPassing : true;
			if (!isWorthIt || attempt >= this.tries || asked > MAX_ASKED_MS) {
				throw response ? await problem(response, this.base, asked) : unreachable(this.base, error);
			}
			await response?.body?.cancel();
			if (asked === undefined) {
				// Full jitter keeps many builds from coming back in step.
				await this.#pause(Math.min(MAX_DELAY_MS, Math.random() * 500 * 2 ** attempt));
			} else {
				this.#notBefore = Math.max(this.#notBefore, Date.now() + asked);
			}
		}
	}

	/** Wait as long as the server asked. */
	async #hold() {
		for (let left = this.#notBefore - Date.now(); left > 0; left = this.#notBefore - Date.now()) {
			await this.#pause(left);
		}
	}

	async #pause(ms) {
		await this.pause(ms, undefined, {signal: this.signal}).catch(error => {
			throw this.signal?.aborted ? interrupted() : error;
		});
	}

	async #try(method, path, {body, headers, timeout}) {
		// Ctrl-C ends a wait at once, but lets a chunk that is on its way arrive.
		const ends = [AbortSignal.timeout(timeout * 1000), ...(this.signal && method === 'GET' ? [this.signal] : [])];
		try {
			// A redirect would turn POST into GET, or carry the key elsewhere.
			return {response: await this.transport(this.base + path, {method, body, headers, signal: AbortSignal.any(ends), redirect: 'manual'})};
		} catch (error) {
			if (this.signal?.aborted) {
				throw interrupted();
			}
			return {error};
		}
	}

	/** @returns {Promise<any>} the JSON of the answer */
	async json(method, path, body, options = {}) {
		const sent = body === undefined ? {} : {body: JSON.stringify(body), headers: {'content-type': 'application/json'}};
		const response = await this.request(method, path, {...sent, ...options});
		return readJson(response);
	}

	/** Send NDJSON that is gzipped already. */
	async sendPacked(path, body) {
		const headers = {'content-type': 'application/x-ndjson', 'content-encoding': 'gzip'};
		return readJson(await this.request('POST', path, {body, headers, timeout: 120}));
	}

	/** @returns {AsyncGenerator<string>} the lines of an NDJSON answer */
	async* lines(path) {
		const response = await this.request('GET', path, {headers: {accept: 'application/x-ndjson'}, timeout: 900});
		yield* readLines(response.body);
	}
}

/** Lines of NDJSON as a small body. @param {string[]} lines @returns {Promise<Buffer>} */
export const pack = lines => compress(lines.map(line => `${line}\n`).join(''));

export async function readJson(response) {
	try {
		return await response.json();
	} catch (error) {
		throw new NimbusError(`${response.url || 'The server'} did not answer in JSON. Is \`url\` the address of Nimbus?`, {code: 'bad_answer', cause: error});
	}
}

async function problem(response, base, asked) {
	let data = {};
	try {
		data = JSON.parse(await response.text());
	} catch {
		// A proxy's HTML page says nothing a user could act on.
	}
	const moved = response.status >= 300 && response.status < 400;
	const detail = moved ? `${base} moved to another address. Set \`url\` to it.` : data.detail || data.title || `${base} answered ${response.status}.`;
	const request = data.request_id ? ` (request ${data.request_id})` : '';
	const later = asked > MAX_ASKED_MS ? ` Come back in ${Math.ceil(asked / 1000)} s.` : '';
	const code = data.code ?? `http_${response.status}`;
	return new NimbusError(detail + later + request, {code, status: response.status, exit: code.startsWith('budget') ? EXIT.budget : EXITS[response.status]});
}

function unreachable(base, error) {
	const reason = error?.cause?.code ?? error?.cause?.message ?? error?.message ?? 'no answer';
	return new NimbusError(`${base} cannot be reached (${reason}). Check \`url\` and the network.`, {code: 'unreachable', exit: EXIT.unavailable, cause: error});
}
