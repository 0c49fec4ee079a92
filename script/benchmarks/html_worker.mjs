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

function hardChanges(page) {
	return Object.fromEntries(page.blocks.filter((_, index) => index % 3 === 0).map(block => [block.id, HARD + block.content]));
}

/** The page with every block built anew from its own content. */
function identity(page) {
	const patcher = new Patcher(page.source);
	for (const block of [...page.blocks].sort((one, other) => (one.attr ? 0 : 1) - (other.attr ? 0 : 1))) {
		patcher.replaceBlock(block, parse(block.content));
	}
	return patcher.result();
}

function spans(page, changed) {
	const {width} = page.source;
	return page.blocks.filter((_, index) => changed[index]).map(({start, end}) => [start * width, end * width]);
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
	const changed = page.blocks.map(block => Object.hasOwn(changes, block.id));
	const beside = [outside(data, spans(page, changed)), outside(body, spans(new Page(body), changed))];
	const {encoding} = page.source;
	return {
		page: name,
		blocks: page.blocks.length,
		changed: Object.keys(changes).length,
		identity: identity(page).equals(data),
		failures: Object.values(report).filter(status => status !== 'applied').length + Number(Object.values(whole).includes('verify-failed')),
		outside: beside[0].equals(beside[1]),
		skeleton: skeleton(data, encoding).join('\n') === skeleton(output, encoding).join('\n'),
		extraction: digest(page.extraction()),
		output: sha256(output),
		report: digest(whole),
	};
}

for await (const path of createInterface({input: process.stdin})) {
	console.log(JSON.stringify(judge(readFileSync(path), path)));
}
