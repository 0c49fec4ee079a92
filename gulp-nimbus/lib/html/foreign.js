/** Where svg and math begin and end, as far as a tokenizer must know: no tree, one stack of namespaces. */

const BREAKOUT = new Set(('b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu '
	+ 'meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var').split(' '));
const FONT = new Set(['color', 'face', 'size']);
const MATH_TEXT = new Set(['mi', 'mo', 'mn', 'ms', 'mtext']);
const SVG_HTML = new Set(['foreignobject', 'desc', 'title']);
const HTML_ENCODINGS = new Set(['text/html', 'application/xhtml+xml']);

export class Foreign {
	constructor() {
		/** Open roots and integration points, innermost last: `{space, by}`. Empty means plain HTML. */
		this.stack = [];
	}

	get space() {
		return this.stack.length ? this.stack.at(-1).space : 'html';
	}

	get isForeign() {
		return this.space !== 'html';
	}

	/** Note a start tag. @returns {boolean} whether it made an element of HTML */
	start(token, units) {
		const {name} = token;
		const inside = this.stack.at(-1);
		if (this.isForeign && this.#breaksOut(token)) {
			this.#leave();
		}
		if (!this.isForeign) {
			// In the text of mi, mo …, two names still belong to math.
			const isMath = inside?.space === 'html' && MATH_TEXT.has(inside.by) && (name === 'mglyph' || name === 'malignmark');
			if (name === 'svg' || name === 'math') {
				this.#open(token, name, name);
			}
			return name !== 'svg' && name !== 'math' && !isMath;
		}
		this.#inForeign(token, units);
		return false;
	}

	#inForeign(token, units) {
		const {name} = token;
		const {space} = this;
		if (space === 'svg' && SVG_HTML.has(name)) {
			this.#open(token, 'html', name);
		} else if (space === 'math' && (MATH_TEXT.has(name) || (name === 'annotation-xml' && holdsHtml(token, units)))) {
			this.#open(token, 'html', name);
		} else if (space === 'math' && name === 'annotation-xml') {
			this.#open(token, 'math', name);
		} else if (name === 'svg' && this.stack.at(-1).by === 'annotation-xml') {
			this.#open(token, 'svg', name);
		} else if (name === 'svg' || name === 'math') {
			this.#open(token, space, name);
		}
	}

	#open(token, space, by) {
		if (!token.selfClosing) {
			this.stack.push({space, by});
		}
	}

	#breaksOut(token) {
		return BREAKOUT.has(token.name) || (token.name === 'font' && token.attributes.some(attribute => FONT.has(attribute.name)));
	}

	/** Leave svg and math up to plain HTML or the nearest integration point. */
	#leave() {
		while (this.isForeign) {
			this.stack.pop();
		}
	}

	/** Note an end tag. */
	end(name) {
		if (this.isForeign && (name === 'p' || name === 'br')) {
			this.#leave();
			return;
		}
		for (let index = this.stack.length - 1; index >= 0; index--) {
			if (this.stack[index].by === name) {
				this.stack.length = index;
				return;
			}
		}
	}
}

function holdsHtml(token, units) {
	const encoding = token.attributes.find(attribute => attribute.name === 'encoding');
	return encoding !== undefined && HTML_ENCODINGS.has(units.slice(encoding.valueStart, encoding.valueEnd).toLowerCase());
}
