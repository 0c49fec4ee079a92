import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {FakeServer, KEY} from './server.js';

export const html = (title, text = 'Some text of this page.') => `<!doctype html>\r\n<html><head><title>${title}</title>\n<meta name="description" content="About ${title}">\n</head>`
	+ `<body><h1>${title}</h1>\n<p>${text}</p>\t<img alt="" src=a.png ></body></html>\n`;

/** A folder with a built site under `dist`. @returns {string} */
export function makeSite(test, pages = {'index.html': html('Home'), 'about/index.html': html('About')}) {
	const folder = mkdtempSync(path.join(tmpdir(), 'nimbus-test-'));
	for (const [name, text] of Object.entries(pages)) {
		const file = path.join(folder, 'dist', name);
		mkdirSync(path.dirname(file), {recursive: true});
		writeFileSync(file, text);
	}
	return folder;
}

/** A running server and the options that lead to it. */
export async function makeServer(test) {
	const server = await new FakeServer().listen();
	test.after(() => server.close());
	const lines = [];
	return {server, lines, options: {url: server.url, key: KEY, log: line => lines.push(line)}};
}
