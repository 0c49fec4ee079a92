/** The JavaScript engine for tests and benchmarks: one JSON case a line in, what it makes of the case out. */
import {createInterface} from 'node:readline';
import {Page, Refuse, apply} from '../gulp-nimbus/lib/html/index.js';

function answer({input, encoding, changes, head, hero, og_follows: ogFollows}) {
	const data = Buffer.from(input, 'base64');
	try {
		const [output, report] = apply(data, changes, head, encoding, {ogFollows});
		return {extraction: new Page(data, encoding, {hero}).extraction({jsonLd: true}), output: output.toString('base64'), report};
	} catch (error) {
		if (error instanceof Refuse) {
			return {refuse: error.reason};
		}
		throw error;
	}
}

for await (const line of createInterface({input: process.stdin})) {
	console.log(JSON.stringify(answer(JSON.parse(line))));
}
