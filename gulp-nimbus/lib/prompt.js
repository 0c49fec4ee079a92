/** Ask the person at the terminal, or read the line that was piped in. */
import {createInterface} from 'node:readline/promises';
import {Writable} from 'node:stream';

/**
 * @param {string} question
 * @param {{input: import('node:stream').Readable, output: import('node:stream').Writable, isSecret?: boolean}} options a secret is not shown while it is pasted
 * @returns {Promise<string>} the answer without white space around it
 */
export async function ask(question, {input, output, isSecret = false}) {
	const isTerminal = Boolean(input.isTTY);
	if (isTerminal) {
		output.write(question);
	}
	const silent = new Writable({write: (chunk, encoding, done) => done()});
	const lines = createInterface({input, output: isSecret ? silent : output, terminal: isTerminal});
	try {
		for await (const line of lines) {
			return line.trim();
		}
		return '';
	} finally {
		lines.close();
		if (isTerminal && isSecret) {
			output.write('\n');
		}
	}
}
