/** One page a line in, what the JavaScript engine makes of it out; html_worker.py is the same in Python. */
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {Page, Refuse, apply} from '../../gulp-nimbus/lib/html/index.js';
import {parse} from '../../gulp-nimbus/lib/html/inline.js';
import {Patcher} from '../../gulp-nimbus/lib/html/patcher.js';
import {outside, skeleton} from '../../gulp-nimbus/test/support/judge.js';

const HARD = 'Neu “Straße” &amp; Ω 😀 日本 1 &lt; 2 &lt;/p&gt; &amp;amp; "\' ';
const HEAD = {title: 'Größe & <b> “Ω” 日本 😀', metaDescription: 'Ein "neuer" \'Text\' & <mehr> 😀'};

function offered(page) {
	return [...page.blocks, ...page.jsonLd.blocks];
}

function hardChanges(page) {
	return Object.fromEntries(offered(page).filter((_, index) => index % 3 === 0).map(block => [block.id, HARD + block.content]));
}

/** The page with every block built anew from its own content. */
function identity(page) {
	const patcher = new Patcher(page.source);
	for (const block of offered(page).sort((one, other) => (one.attr ? 0 : 1) - (other.attr ? 0 : 1))) {
		patcher.replaceBlock(block, parse(block.content));
	}
	return patcher.result();
}

/** Whether every byte beside the changed blocks is as it was. */
function isKeptBeside(page, output, changes) {
	const {width} = page.source;
	const [blocks, after] = [offered(page), offered(new Page(output))];
	if (blocks.length !== after.length) {
		return false;
	}
	const pairs = blocks.map((block, index) => [block, after[index]]).filter(([{id}]) => Object.hasOwn(changes, id));
	const old = pairs.map(([{start, end}]) => [start * width, end * width]);
	const now = pairs.map(([{attr, quote}, {start, end}]) => {
		// Values without quotes are given some.
		const more = attr && quote === '' ? 1 : 0;
		return [(start - more) * width, (end + more) * width];
	});
	return outside(page.source.data, old).equals(outside(output, now));
}

/** The same for equal JSON values, whichever language made them. */
function digest(value) {
	const sorted = JSON.stringify(value, (_, each) => {
		const isPlain = each && typeof each === 'object' && !Array.isArray(each);
		return isPlain ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1))) : each;
	});
	return sha256(sorted);
}

function sha256(data) {
	return createHash('sha256').update(data).digest('hex');
}

function judge(data, name) {
	let page;
	try {
		page = new Page(data);
	} catch (error) {
		if (error instanceof Refuse) {
			return {page: name, refused: error.reason};
		}
		throw error;
	}
	const changes = hardChanges(page);
	// Spans are compared without head edits, which may insert.
	const [body, report] = apply(data, changes);
	const [output, whole] = apply(data, changes, HEAD);
	const {encoding} = page.source;
	return {
		page: name,
		blocks: offered(page).length,
		changed: Object.keys(changes).length,
		identity: identity(page).equals(data),
		failures: Object.values(report).filter(status => status !== 'applied').length + Number(Object.values(whole).includes('verify-failed')),
		outside: isKeptBeside(page, body, changes),
		skeleton: skeleton(data, encoding).join('\n') === skeleton(output, encoding).join('\n'),
		extraction: digest(page.extraction({jsonLd: true})),
		output: sha256(output),
		report: digest(whole),
	};
}

for await (const path of createInterface({input: process.stdin})) {
	console.log(JSON.stringify(judge(readFileSync(path), path)));
}
