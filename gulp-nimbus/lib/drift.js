/** Where the build, the lock and the server do not fit together, as a list that says what to do. */
import {EXIT, NimbusError} from './errors.js';

const LISTED = 20;
const MAX_KEPT = 1000;

export class Drift {
	constructor() {
		this.count = 0;
		/** @type {{source_path: string, drift: string}[]} */
		this.list = [];
	}

	/** @param {string} drift one word: new, changed, removed, outdated, withdrawn */
	add(relative, drift) {
		this.count++;
		if (this.list.length < MAX_KEPT) {
			this.list.push({source_path: relative, drift});
		}
	}

	/** Throw the list, if there is one. @param {string} remedy a sentence */
	refuse(remedy) {
		if (!this.count) {
			return;
		}
		const lines = this.list.slice(0, LISTED).map(({source_path: name, drift}) => `  ${drift.padEnd(9)} ${name}`);
		const more = this.count > LISTED ? [`  … and ${this.count - LISTED} more (--json names ${Math.min(this.count, MAX_KEPT)})`] : [];
		const head = `${this.count} ${this.count === 1 ? 'page does' : 'pages do'} not fit nimbus.lock:`;
		throw new NimbusError([head, ...lines, ...more, remedy].join('\n'), {code: 'drift', exit: EXIT.drift, data: {drift: this.list, count: this.count}});
	}
}
