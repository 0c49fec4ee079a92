/** Which namespace the next tag is in: all that a tree would tell the tokenizer. */
import {lower} from './chars.js';
import {BREAKOUT, DOUBTFUL, HTML_ANNOTATIONS, MATH_POINTS, SELECT_ENDERS, SVG_POINTS, VOID} from './names.js';

export class Namespaces {
	#inSelect = false;
	#afterFrameset = false;

	constructor() {
		/** How many of each name are open outside svg and math. @type {Map<string, number>} */
		this.outermost = new Map();
		/** html, svg and math, each with the names opened in it. @type {{kind: string, names: Map<string, number>}[]} */
		this.stack = [{kind: 'html', names: this.outermost}];
		this.ambiguous = false;
	}

	get depth() {
		return this.stack.length - 1;
	}

	get isForeign() {
		return this.stack.at(-1).kind !== 'html';
	}

	/** Take a tag outside svg and math that tells nothing else. @param {import('./tags.js').Tag} tag */
	pass({name, step}) {
		const count = (this.outermost.get(name) ?? 0) + step;
		if (count >= 0) {
			this.outermost.set(name, count);
		}
	}

	/** Take a start tag; true when the element is SVG or MathML. */
	open(name, selfClosing, values) {
		if (this.isForeign && breaksOut(name, values)) {
			this.#leave();
		}
		if (!this.isForeign) {
			this.#guard(name);
			if (name === 'svg' || name === 'math') {
				if (!selfClosing) {
					this.#enter(name);
				}
				return true;
			}
			if (!VOID.has(name)) {
				this.#count(name);
			}
			return false;
		}
		if (!selfClosing) {
			if (this.#isPoint(name, values)) {
				this.#enter('html');
			} else {
				this.#count(name);
			}
		}
		return true;
	}

	/** Take an end tag; true when it closes SVG or MathML. */
	close(name) {
		const {kind, names} = this.stack.at(-1);
		const open = names.get(name) ?? 0;
		if (open > 0) {
			names.set(name, open - 1);
			this.#inSelect &&= name !== 'select';
			return kind !== 'html';
		}
		if (kind === 'html') {
			return this.#closePoint(name);
		}
		if (name === kind) {
			this.stack.pop();
			return true;
		}
		const isLoose = name === 'p' || name === 'br';
		if (isLoose || this.#isOpenOutside(name)) {
			this.#leave();
			return isLoose ? false : this.close(name);
		}
		return true;
	}

	#closePoint(name) {
		const outer = this.stack.at(-2)?.kind;
		if ((outer === 'svg' && SVG_POINTS.has(name)) || (outer === 'math' && MATH_POINTS.has(name))) {
			this.stack.pop();
			return true;
		}
		return false;
	}

	#enter(kind) {
		this.stack.push({kind, names: new Map()});
	}

	#count(name) {
		const {names} = this.stack.at(-1);
		names.set(name, (names.get(name) ?? 0) + 1);
	}

	/** An end tag of the HTML around an unclosed svg closes that svg too. */
	#isOpenOutside(name) {
		const html = this.stack.findLast(({kind}) => kind === 'html');
		return (html.names.get(name) ?? 0) > 0;
	}

	#leave() {
		while (this.isForeign) {
			this.stack.pop();
		}
	}

	#isPoint(name, values) {
		if (this.stack.at(-1).kind === 'svg') {
			return SVG_POINTS.has(name);
		}
		if (name === 'annotation-xml') {
			return HTML_ANNOTATIONS.has(lower(values.get('encoding') ?? ''));
		}
		return MATH_POINTS.has(name);
	}

	/** Browsers disagree on raw text in a select or after a frameset: such a page is ambiguous. */
	#guard(name) {
		if (DOUBTFUL.has(name) && (this.#inSelect || (this.#afterFrameset && name !== 'noframes'))) {
			this.ambiguous = true;
		}
		if (name === 'select') {
			this.#inSelect = !this.#inSelect;
		} else if (SELECT_ENDERS.has(name)) {
			this.#inSelect = false;
		} else if (name === 'frameset') {
			this.#afterFrameset = true;
		}
	}
}

function breaksOut(name, values) {
	if (name === 'font') {
		return ['color', 'face', 'size'].some(key => values.has(key));
	}
	return BREAKOUT.has(name);
}
