/** How far a command is: a bar in a terminal, a plain line now and then in CI. */
const WIDTH = 24;
const BAR_MS = 100;
const LINE_MS = 10_000;

export class Progress {
	#shown = 0;
	#label = '';
	#total = 0;
	#done = 0;

	/** @param {{write: (text: string) => void, isTerminal: boolean, now?: () => number}} options */
	constructor({write, isTerminal, now = Date.now}) {
		this.write = write;
		this.isTerminal = isTerminal;
		this.now = now;
	}

	/** @param {string} label such as `Uploading` @param {number} total pages */
	begin(label, total) {
		[this.#label, this.#total, this.#done] = [label, total, 0];
		this.#shown = this.now();
	}

	step(count = 1) {
		this.at(this.#done + count);
	}

	at(done) {
		this.#done = done;
		if (this.now() - this.#shown >= (this.isTerminal ? BAR_MS : LINE_MS)) {
			this.#shown = this.now();
			this.write(this.isTerminal ? `\r\u001b[K${this.#bar()}` : `${this.#label} ${this.#count()}\n`);
		}
	}

	/** Take the bar away for a line of another's. */
	clear() {
		if (this.isTerminal && this.#label) {
			this.write('\r\u001b[K');
		}
	}

	/** The summary follows. */
	end() {
		this.clear();
		this.#label = '';
	}

	#count() {
		return `${this.#done.toLocaleString('en')} of ${this.#total.toLocaleString('en')} pages`;
	}

	#bar() {
		const full = Math.round(WIDTH * Math.min(1, this.#total ? this.#done / this.#total : 0));
		return `${this.#label} ${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${this.#count()}`;
	}
}
