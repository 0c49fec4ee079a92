/** The bytes of one page, seen as units whose positions both languages share. */
import {normalizeNewlines} from './chars.js';
import {Refuse, decoder, detect, encoder} from './encoding.js';

const BEYOND_ASCII = /[^\0-\x7f]/;
const MAX_BYTES = 5_000_000;

export class Source {
	#decode;
	#encode;

	/**
	 * Units are bytes, or UTF-16 code units; a unit position times `width` is a byte position.
	 * @param {Buffer} data
	 * @param {string | null} [encoding]
	 */
	constructor(data, encoding = null) {
		if (data.length > MAX_BYTES) {
			throw new Refuse('too_large');
		}
		if (!data.some(byte => byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 32)) {
			throw new Refuse('empty');
		}
		const found = detect(data, encoding);
		this.data = data;
		this.encoding = found.encoding;
		this.isDeclared = found.isDeclared;
		this.warnings = found.warnings;
		this.width = this.encoding.startsWith('utf-16') ? 2 : 1;
		this.start = Math.floor(found.mark / this.width);
		this.units = this.width === 2 ? this.#wide() : data.latin1Slice();
		this.#decode = decoder(this.encoding);
		this.#encode = encoder(this.encoding, !this.isDeclared);
	}

	get isUnicode() {
		return this.width === 2 || this.encoding === 'utf-8';
	}

	#wide() {
		if (this.data.length % 2) {
			throw new Refuse('encoding');
		}
		return this.encoding === 'utf-16le' ? this.data.ucs2Slice() : Buffer.from(this.data).swap16().ucs2Slice();
	}

	/** The bytes between two unit positions. */
	slice(start, end) {
		return this.data.subarray(start * this.width, end * this.width);
	}

	/** The text between two unit positions; null when its bytes are invalid in this encoding. */
	decode(start, end) {
		return this.textOf(this.units.slice(start, end));
	}

	/** What units stand for; null when they are invalid in this encoding. */
	textOf(units) {
		if (this.width === 2) {
			return units.isWellFormed() ? normalizeNewlines(units) : null;
		}
		// Most text is ASCII, and a decoder costs more than this look.
		const text = BEYOND_ASCII.test(units) ? this.#decode(Buffer.from(units, 'latin1')) : units;
		return text === null ? null : normalizeNewlines(text);
	}

	/** Text as bytes of this page. @returns {Buffer} */
	encode(text) {
		return this.#encode(text);
	}
}
