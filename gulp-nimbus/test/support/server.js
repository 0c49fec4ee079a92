/** A small server that speaks docs/api.md, for tests. It approves every text with ` (better)` behind it. */
import {createServer} from 'node:http';
import {gunzipSync} from 'node:zlib';

export const KEY = 'nmb_test_0123456789abcdefghijklmnopqrstuv012345';
export const PROJECT = {project_id: 'proj_0123456789ab', domain: 'example.com', name: 'Example', settings: {dimension_rules: []}};

const better = text => `${text} (better)`;

function resultOf({page_id: pageId, page_url: pageUrl, source_path: sourcePath, extraction}, settings) {
	const {head, above_fold_blocks: above, rest_of_page_blocks: rest} = extraction;
	const blocks = [...above, ...rest].filter(block => block.type === 'p').map(({id, content}) => ({id, optimized_content: better(content)}));
	const fields = Object.fromEntries(['title', 'metaDescription'].filter(field => head[field]).map(field => [field, head[field]]));
	return {
		page_id: pageId, page_url: pageUrl, source_path: sourcePath, batch_id: 'batch_20260101_000000_aaaaaa',
		optimization: {
			completed: '2026-01-01T00:00:00Z', model: 'offline', confidence: 1, changes: blocks.length, type: 'full', originals: fields, og_follows: settings.og_follows === true,
			optimizations: {head: Object.fromEntries(Object.entries(fields).map(([field, text]) => [field, better(text)])), blocks},
		},
	};
}

export class FakeServer {
	constructor() {
		this.requests = [];
		this.batches = [];
		/** Uploaded pages by id, whatever batch they came from. */
		this.pages = new Map();
		this.applied = [];
		/** Functions that answer instead, used up one by one: `(request, response) => true` when they did. */
		this.interrupts = [];
		this.statuses = ['queued', 'processing', 'completed'];
		this.reviewPending = [0];
		this.project = PROJECT;
		this.chunks = [];
		this.pauseReason = '';
		/** Ids of pages whose run failed. */
		this.failed = [];
		this.estimate = undefined;
		/** Idempotency keys of batches, which are made once. */
		this.made = new Map();
		this.reject = () => undefined;
		this.onChunk = () => {};
		[this.atOnce, this.mostAtOnce, this.delay] = [0, 0, 0];
		this.limits = {max_pages_per_batch: 10_000, max_page_bytes: 5_000_000, max_upload_bytes: 50_000_000};
	}

	async listen() {
		this.server = createServer((request, response) => this.#answer(request, response));
		await new Promise(resolve => this.server.listen(0, '127.0.0.1', resolve));
		this.url = `http://127.0.0.1:${this.server.address().port}`;
		return this;
	}

	async close() {
		this.server.closeAllConnections();
		await new Promise(resolve => this.server.close(resolve));
	}

	/** Answer a request that was interrupted after all; `cut`: act, and break the connection instead of answering. */
	pass(request, response, {cut = false} = {}) {
		const answered = cut ? {writeHead() {}, end: () => response.destroy()} : response;
		this.#route(`${request.method} ${new URL(request.url, this.url).pathname.replace('/api/v1', '')}`, request.text, request, answered);
	}

	async #answer(request, response) {
		const parts = [];
		for await (const part of request) {
			parts.push(part);
		}
		const raw = Buffer.concat(parts);
		const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
		request.text = body;
		const url = new URL(request.url, this.url);
		this.requests.push({method: request.method, path: url.pathname, search: url.search, headers: request.headers, at: Date.now()});
		const at = this.interrupts.findIndex(interrupt => interrupt.for === undefined || url.pathname.endsWith(interrupt.for));
		if (at !== -1) {
			this.interrupts.splice(at, 1)[0](request, response);
			return;
		}
		if (request.headers.authorization !== `Bearer ${KEY}`) {
			send(response, 401, {title: 'Unauthorized', status: 401, code: 'not_authenticated', detail: 'This key is unknown.', request_id: 'r1'});
			return;
		}
		this.#route(`${request.method} ${url.pathname.replace('/api/v1', '')}`, body, request, response);
	}

	#route(route, body, request, response) {
		const project = `/projects/${this.project?.project_id ?? PROJECT.project_id}`;
		if (route === 'GET /project') {
			send(response, 200, {project: this.project, organization: {}, key: {}, limits: this.limits});
		} else if (route === `GET ${project}`) {
			send(response, 200, PROJECT);
		} else if (route === `POST ${project}/batches`) {
			const key = request.headers['idempotency-key'];
			if (!this.made.has(key)) {
				this.batches.push({id: `batch_20260101_00000${this.batches.length}_aaaaaa`, asked: JSON.parse(body), pages: 0, submitted: false, polls: 0});
				this.made.set(key, this.batches.at(-1));
			}
			send(response, 201, this.#batch(this.made.get(key)));
		} else if (/^GET .*\/pages$/.test(route)) {
			send(response, 200, {results: this.failed.map(id => ({page_id: id})), next: null});
		} else if (route.endsWith('/pages')) {
			this.#slowly(() => send(response, 200, this.#take(body)));
		} else if (route.endsWith('/estimate') && this.estimate) {
			send(response, 200, this.estimate);
		} else if (/\/(submit|cancel)$/.test(route)) {
			const asked = this.#asked(route);
			asked.submitted = route.endsWith('submit');
			asked.cancelled = route.endsWith('cancel');
			send(response, 202, this.#batch(asked));
		} else if (route.startsWith('GET /batches/')) {
			const asked = this.#asked(route);
			const batch = this.#batch(asked);
			asked.polls++;
			send(response, 200, batch, {etag: `"${asked.polls}"`});
		} else if (route === `GET ${project}/results`) {
			const lines = [...this.pages.values()].map(page => JSON.stringify(resultOf(page, this.project?.settings ?? {})));
			response.writeHead(200, {'content-type': 'application/x-ndjson'});
			response.end([...lines, JSON.stringify({end: true, pages: lines.length, cursor: 'c1'})].map(line => `${line}\n`).join(''));
		} else if (route === `POST ${project}/applied`) {
			this.applied.push(JSON.parse(body));
			send(response, 202, {recorded: this.applied.at(-1).pages.length});
		} else {
			send(response, 404, {title: 'Not found', status: 404, code: 'not_found', detail: 'There is nothing here.'});
		}
	}

	/** Long enough for another chunk to come in between. */
	#slowly(act) {
		this.atOnce++;
		this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
		setTimeout(() => {
			this.atOnce--;
			act();
			this.onChunk();
		}, this.delay);
	}

	#take(body) {
		const lines = body.split('\n').filter(Boolean).map(line => JSON.parse(line));
		this.chunks.push({pages: lines.length, bytes: Buffer.byteLength(body)});
		const outcomes = lines.map((page, index) => {
			const refused = this.reject(page);
			if (refused) {
				return {line: index + 1, outcome: 'rejected', source_path: page.source_path, ...refused};
			}
			this.pages.set(page.page_id, page);
			this.batches.at(-1).pages++;
			return {line: index + 1, outcome: 'accepted', page_id: page.page_id, source_path: page.source_path};
		});
		return {accepted: outcomes.length, replaced: 0, rejected: 0, page_count: this.batches.at(-1).pages, outcomes};
	}

	/** The batch that an address names, or the last one. */
	#asked(route) {
		return this.batches.find(({id}) => route.includes(id)) ?? this.batches.at(-1);
	}

	#batch({id, pages, submitted, cancelled, polls} = this.batches.at(-1)) {
		const pick = list => list[Math.min(polls, list.length - 1)];
		return {
			batch_id: id, project_id: PROJECT.project_id, status: cancelled ? 'cancelled' : submitted ? pick(this.statuses) : 'uploading', pause_reason: this.pauseReason, page_count: pages,
			summary: {completed: 0, failed: this.failed.length, pending: pages, skipped: 0, cancelled: 0}, review: {changes: 3, pending: pick(this.reviewPending)},
			model: 'offline', dashboard_url: `${this.url}/batches/${id}`,
		};
	}
}

/** Cut the next answer of a path off after some bytes. */
export function cutOff(path, text) {
	return Object.assign((request, response) => {
		response.writeHead(200, {'content-type': 'application/x-ndjson', 'content-length': text.length + 100});
		response.write(text);
		setTimeout(() => response.destroy(), 10);
	}, {for: path});
}

/** Answer the next request of a path like this. */
export function answer(path, status, data, headers = {}) {
	return Object.assign((request, response) => send(response, status, data, headers), {for: path});
}

function send(response, status, data, headers = {}) {
	response.writeHead(status, {'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers});
	response.end(JSON.stringify(data));
}
