/** HTTP in the shape of `fetch`, through proxies and with certificates of one's own, which Node's `fetch` cannot do everywhere. */
import {readFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {Readable} from 'node:stream';
import tls from 'node:tls';
import {createGunzip} from 'node:zlib';
import {usageError} from './errors.js';
import {proxyFor, proxyHeaders} from './proxy.js';

const BODILESS = new Set([101, 204, 205, 304]);

/**
 * @param {{ca?: string, environment?: Record<string, string | undefined>}} [options] `ca`: a PEM file of further certificates
 * @returns {typeof fetch} without redirects
 */
export function makeTransport({ca, environment = {}} = {}) {
	const trusted = ca && trust(ca, environment);
	const agents = {'http:': new http.Agent({keepAlive: true}), 'https:': new https.Agent({keepAlive: true, ca: trusted})};
	const tunnels = new Map();
	return async (address, {method = 'GET', headers = {}, body, signal} = {}) => {
		const url = new URL(address);
		const proxy = proxyFor(url, environment);
		const more = proxy ? throughProxy(url, proxy, {tunnels, trusted}) : {agent: agents[url.protocol]};
		return send(url, {method, body, signal, headers: {'accept-encoding': 'gzip', ...headers}}, more);
	};
}

/** Node's own certificates and those of the file. */
function trust(file, {NODE_EXTRA_CA_CERTS: extra}) {
	const own = tls.getCACertificates?.('default') ?? [...tls.rootCertificates, ...(extra ? [readFileSync(extra, 'utf8')] : [])];
	try {
		return [...own, readFileSync(file, 'utf8')];
	} catch (error) {
		throw usageError(`The certificates in ${file} cannot be read (${error.code}). \`ca\` names a PEM file.`, error);
	}
}

/** Plain HTTP asks the proxy for the whole address; HTTPS goes through a tunnel, one agent a proxy. */
function throughProxy(url, proxy, {tunnels, trusted}) {
	if (url.protocol === 'http:') {
		const {protocol, hostname, port} = proxy;
		return {protocol, hostname, port: port || undefined, path: url.href, headers: {host: url.host, ...proxyHeaders(proxy)}};
	}
	if (!tunnels.has(proxy.href)) {
		tunnels.set(proxy.href, new TunnelAgent(proxy, {keepAlive: true, ca: trusted}));
	}
	return {agent: tunnels.get(proxy.href)};
}

class TunnelAgent extends https.Agent {
	constructor(proxy, options) {
		super(options);
		this.proxy = proxy;
	}

	createConnection(options, done) {
		const target = `${options.host}:${options.port}`;
		const {protocol, hostname, port} = this.proxy;
		const asked = (protocol === 'https:' ? https : http).request({
			protocol, hostname, port: port || undefined, method: 'CONNECT', path: target, headers: {host: target, ...proxyHeaders(this.proxy)},
		});
		asked.once('error', done);
		asked.once('connect', (response, socket) => {
			if (response.statusCode !== 200) {
				socket.destroy();
				done(new Error(`the proxy answered ${response.statusCode}`));
				return;
			}
			done(null, tls.connect({...options, socket, servername: options.servername || options.host}));
		});
		asked.end();
	}
}

/** @returns {Promise<Response>} */
function send(url, {method, headers, body, signal}, {headers: more, ...target}) {
	return new Promise((resolve, reject) => {
		const length = body === undefined ? {} : {'content-length': Buffer.byteLength(body)};
		const {request} = (target.protocol ?? url.protocol) === 'https:' ? https : http;
		const asked = request(url, {method, signal, headers: {...headers, ...length, ...more}, ...target});
		asked.once('error', error => reject(signal?.aborted ? signal.reason : error));
		asked.once('response', answer => resolve(responseOf(answer)));
		asked.end(body);
	});
}

function responseOf(answer) {
	const {statusCode: status, headers} = answer;
	if (BODILESS.has(status)) {
		answer.resume();
		return new Response(null, {status, headers: plain(headers)});
	}
	const stream = headers['content-encoding'] === 'gzip' ? answer.pipe(createGunzip()) : answer;
	// A connection that breaks must break the text that is made of it.
	answer.once('error', error => stream.destroy(error));
	return new Response(Readable.toWeb(stream), {status, headers: plain(headers)});
}

function plain(headers) {
	return Object.entries(headers).filter(([name]) => name !== 'content-encoding').map(([name, value]) => [name, String(value)]);
}
