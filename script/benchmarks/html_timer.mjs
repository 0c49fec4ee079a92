/** CPU seconds of each page named on standard input, and the peak memory of this process; see html_timer.py. */
import {existsSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

const PACKAGE = new URL('../../gulp-nimbus/', import.meta.url);

async function engine() {
	const {Page, Refuse, apply} = await import(new URL('lib/html/index.js', PACKAGE));
	return data => {
		try {
			const page = new Page(data);
			const found = page.extraction();
			const blocks = [...found.above_fold_blocks, ...found.rest_of_page_blocks].filter((_, index) => index % 3 === 0);
			apply(page, Object.fromEntries(blocks.map(block => [block.id, `Neu ${block.content}`])), {title: 'Neu'});
		} catch (error) {
			if (!(error instanceof Refuse)) {
				throw error;
			}
		}
	};
}

async function cheerio() {
	const path = createRequire(new URL('package.json', PACKAGE)).resolve('cheerio');
	const {load} = await import(pathToFileURL(path));
	return data => Buffer.from(load(data.toString()).html());
}

const work = await {engine, cheerio}[process.argv[2]]();
const seconds = readFileSync(0, 'utf8').trimEnd().split('\n').map(path => {
	const data = readFileSync(path);
	const begin = process.cpuUsage();
	work(data);
	const {user, system} = process.cpuUsage(begin);
	return (user + system) / 1e6;
});
console.log(JSON.stringify({seconds, peak_kb: peakKb()}));

/** Linux counts the memory of the process that started this one into maxRSS. */
function peakKb() {
	const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
	return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
}
