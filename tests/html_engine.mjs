/** The JavaScript engine for test_html_parity.py: one JSON case a line in, what it makes of the case out. */
import {readFileSync} from 'node:fs';
import {Page, Refuse, apply} from '../gulp-nimbus/lib/html/index.js';

function answer({input, encoding, changes, head}) {
	const data = Buffer.from(input, 'base64');
	try {
		const [output, report] = apply(data, changes, head, encoding);
		return {extraction: new Page(data, encoding).extraction(), output: output.toString('base64'), report};
	} catch (error) {
		if (error instanceof Refuse) {
			return {refuse: error.reason};
		}
		throw error;
	}
}

for (const line of readFileSync(0, 'utf8').trimEnd().split('\n')) {
	console.log(JSON.stringify(answer(JSON.parse(line))));
}
