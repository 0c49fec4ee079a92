/** One page a line in, what the JavaScript engine makes of it out; html_worker.py is the same in Python. */
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {Page, Refuse, apply} from '../../gulp-nimbus/lib/html/index.js';
import {skeleton} from '../../gulp-nimbus/test/support/judge.js';
import {hardChanges, isKeptBeside, offered, rebuilt} from '../../gulp-nimbus/test/support/rewrite.js';

const HEAD = {title: 'Größe & <b> “Ω” 日本 😀', metaDescription: 'Ein "neuer" \'Text\' & <mehr> 😀'};

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
	const [output, report] = apply(data, changes, HEAD);
	// A page without a head has no place for a missing field.
	const unwritten = Object.entries(report).filter(([name, status]) =>
		!(Object.hasOwn(changes, name) ? ['applied'] : ['applied', 'inserted', 'missing']).includes(status));
	const {encoding} = page.source;
	return {
		page: name,
		blocks: offered(page).length,
		changed: Object.keys(changes).length,
		identity: rebuilt(page).equals(data),
		failures: unwritten.length,
		outside: isKeptBeside(page, output, report),
		skeleton: skeleton(data, encoding).join('\n') === skeleton(output, encoding).join('\n'),
		extraction: digest(page.extraction({jsonLd: true})),
		output: sha256(output),
		report: digest(report),
	};
}

for await (const path of createInterface({input: process.stdin})) {
	console.log(JSON.stringify(judge(readFileSync(path), path)));
}
