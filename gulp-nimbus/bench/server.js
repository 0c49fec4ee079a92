/** The API in a process of its own: it takes pages and approves every paragraph, and keeps both on the disk. */
import {appendFileSync, createReadStream, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {gunzipSync} from 'node:zlib';

const PROJECT = {project_id: 'proj_0123456789ab', domain: 'example.com', name: 'Bench', settings: {}};
const BATCH = 'batch_20260101_000000_aaaaaa';

const folder = mkdtempSync(path.join(tmpdir(), 'nimbus-client-server-'));
const results = path.join(folder, 'results.ndjson');
writeFileSync(results, '');
let count = 0;
const batch = {batch_id: BATCH, project_id: PROJECT.project_id, status: 'uploading', page_count: 0, summary: {failed: 0}, review: {changes: 0, pending: 0}, dashboard_url: 'http://127.0.0.1/batch'};

function take(lines) {
	const outcomes = [];
	let text = '';
	for (const line of lines) {
		const {page_id: id, page_url: url, source_path: source, extraction} = JSON.parse(line);
		outcomes.push({line: outcomes.length + 1, outcome: 'accepted', page_id: id, source_path: source});
		text += `${JSON.stringify(resultOf({id, url, source}, extraction))}\n`;
	}
	appendFileSync(results, text);
	count += outcomes.length;
	return {accepted: outcomes.length, replaced: 0, rejected: 0, page_count: count, outcomes};
}

function resultOf({id, url, source}, {head, above_fold_blocks: above, rest_of_page_blocks: rest}) {
	const blocks = [...above, ...rest].filter(block => block.type === 'p').map(block => ({id: block.id, optimized_content: `${block.content} Better.`}));
	const optimizations = {head: {title: `${head.title}, better`}, blocks};
	return {page_id: id, page_url: url, source_path: source, batch_id: BATCH, optimization: {changes: blocks.length, type: 'full', originals: {title: head.title}, og_follows: false, optimizations}};
}

async function bodyOf(request) {
	const parts = [];
	for await (const part of request) {
		parts.push(part);
	}
	const raw = Buffer.concat(parts);
	return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
}

const server = createServer(async (request, response) => {
	const body = await bodyOf(request);
	const {pathname} = new URL(request.url, 'http://127.0.0.1');
	if (pathname.endsWith('/results')) {
		const stream = createReadStream(results);
		stream.pipe(response, {end: false});
		stream.once('end', () => response.end(`${JSON.stringify({end: true, pages: count, cursor: '1'})}\n`));
		return;
	}
	const answers = [
		[/\/project$/, () => ({project: PROJECT, limits: {max_page_bytes: 5_000_000}})],
		[/\/pages$/, () => take(body.split('\n').filter(Boolean))],
		[/\/applied$/, () => ({recorded: JSON.parse(body).pages.length})],
		[/./, () => batch],
	];
	response.writeHead(200, {'content-type': 'application/json'});
	response.end(JSON.stringify(answers.find(([route]) => route.test(pathname))[1]()));
});
// With its parent it ends, too, however that came about.
for (const end of ['SIGTERM', 'disconnect']) {
	process.once(end, () => {
		rmSync(folder, {recursive: true, force: true});
		process.exit(0);
	});
}
server.listen(0, '127.0.0.1', () => process.send({port: server.address().port}));
