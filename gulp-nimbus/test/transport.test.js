import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import {before, test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {generate} from 'selfsigned';
import {proxyFor} from '../lib/proxy.js';
import {makeTransport} from '../lib/transport.js';
import {makeSite} from './support/site.js';

let certificate;
before(async () => {
	certificate = await generate([{name: 'commonName', value: 'nimbus.test'}], {
		extensions: [{name: 'basicConstraints', cA: true}, {name: 'subjectAltName', altNames: [{type: 2, value: 'nimbus.test'}, {type: 7, ip: '127.0.0.1'}]}],
	});
});

async function listen(t, server) {
	await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
	t.after(() => {
		server.closeAllConnections?.();
		server.close();
	});
	return server.address().port;
}

/** A site over TLS, its certificate as a file, and a proxy that leads every name to it. */
async function setUp(t, {password} = {}) {
	const answer = (request, response) => response.end(JSON.stringify({path: request.url, host: request.headers.host}));
	const secure = await listen(t, https.createServer({key: certificate.private, cert: certificate.cert}, answer));
	const plain = await listen(t, http.createServer(answer));
	const ca = path.join(makeSite(t), 'ca.pem');
	writeFileSync(ca, certificate.cert);
	const asked = [];
	const isAllowed = request => password === undefined || request.headers['proxy-authorization'] === `Basic ${Buffer.from(password).toString('base64')}`;
	const proxy = http.createServer((request, response) => {
		asked.push(`${request.method} ${request.url}`);
		response.writeHead(isAllowed(request) ? 200 : 407);
		response.end(JSON.stringify({path: new URL(request.url).pathname}));
	});
	proxy.on('connect', (request, socket) => {
		asked.push(`CONNECT ${request.url}`);
		if (!isAllowed(request)) {
			socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
			return;
		}
		const through = net.connect(secure, '127.0.0.1', () => {
			socket.write('HTTP/1.1 200 OK\r\n\r\n');
			through.pipe(socket).pipe(through);
		});
		through.on('error', () => socket.destroy());
		socket.on('error', () => through.destroy());
	});
	return {secure, plain, ca, asked, proxy: await listen(t, proxy)};
}

test('a certificate of one\'s own is trusted where it is named, and refused where not', async t => {
	const {secure, ca} = await setUp(t);
	const url = `https://127.0.0.1:${secure}/here`;

	assert.equal((await (await makeTransport({ca})(url)).json()).path, '/here');
	await assert.rejects(makeTransport()(url), {code: /SELF_SIGNED|UNABLE_TO_VERIFY/});
});

test('HTTPS goes through the proxy\'s tunnel, many requests through one', async t => {
	const {ca, asked, proxy} = await setUp(t);
	const send = makeTransport({ca, environment: {HTTPS_PROXY: `http://127.0.0.1:${proxy}`}});

	for (const page of ['/a', '/b']) {
		assert.equal((await (await send(`https://nimbus.test${page}`)).json()).path, page);
	}
	assert.deepEqual(asked, ['CONNECT nimbus.test:443']);
});

test('plain HTTP asks the proxy for the whole address', async t => {
	const {asked, proxy} = await setUp(t);
	const send = makeTransport({environment: {http_proxy: `127.0.0.1:${proxy}`}});

	assert.equal((await (await send('http://nimbus.test/a', {method: 'POST', body: 'x'})).json()).path, '/a');
	assert.deepEqual(asked, ['POST http://nimbus.test/a']);
});

test('a proxy gets its password, and a refusal of it is told', async t => {
	const {ca, proxy} = await setUp(t, {password: 'ann:p@ss'});
	const through = user => makeTransport({ca, environment: {HTTPS_PROXY: `http://${user}127.0.0.1:${proxy}`}})('https://nimbus.test/a');

	assert.equal((await through('ann:p%40ss@')).status, 200);
	await assert.rejects(through(''), /the proxy answered 407/);
});

test('NO_PROXY and this machine go without', () => {
	const through = (url, no) => proxyFor(new URL(url), {HTTPS_PROXY: 'http://proxy.test:3128', HTTP_PROXY: 'http://proxy.test:3128', NO_PROXY: no})?.host;

	assert.equal(through('https://nimbus.example.com', ''), 'proxy.test:3128');
	for (const [url, no] of [
		['https://nimbus.example.com', 'example.com'], ['https://nimbus.example.com', 'other.test, .example.com'], ['https://nimbus.example.com', '*'],
		['https://nimbus.example.com:8443', 'nimbus.example.com:8443'], ['http://127.0.0.1:8000', ''], ['http://localhost:8000', ''],
	]) {
		assert.equal(through(url, no), undefined, `${url} ${no}`);
	}
	assert.equal(through('https://notexample.com', 'example.com'), 'proxy.test:3128');
	assert.equal(through('https://nimbus.example.com', 'nimbus.example.com:8443'), 'proxy.test:3128');
});

test('answers that are packed are unpacked, and one that breaks off is an error', async t => {
	const packed = gzipSync('{"text": "packed"}');
	const port = await listen(t, http.createServer((request, response) => {
		response.writeHead(200, {'content-encoding': 'gzip', 'content-length': packed.length});
		if (request.url === '/whole') {
			response.end(packed);
		} else {
			response.write(packed.subarray(0, 10));
			setTimeout(() => response.destroy(), 20);
		}
	}));
	const send = makeTransport();

	assert.deepEqual(await (await send(`http://127.0.0.1:${port}/whole`)).json(), {text: 'packed'});
	await assert.rejects(async () => (await send(`http://127.0.0.1:${port}/broken`)).text());
});

test('a request ends when its time is up', async t => {
	const port = await listen(t, http.createServer(() => {}));

	await assert.rejects(makeTransport()(`http://127.0.0.1:${port}/`, {signal: AbortSignal.timeout(50)}), {name: 'TimeoutError'});
});
