/** Blocks: the pieces of text a page offers, and the names that find them again. */
import crypto from 'node:crypto';

const FOLD_CHARS = 700;
const HERO_LINE_CHARS = 60;
const BELOW = ['nav', 'aside', 'footer'];

/** @typedef {{type: string, content: string, start: number, end: number, region: string, attr: string, quote: string | null, lacking: string,
 * attributes: Object<string, string>, items: import('./runs.js').Item[], place: import('./regions.js').Container | null,
 * isHero: boolean, id: string, key: string, aboveFold: boolean}} Block
 * A run of text, or the attribute `attr` of one tag (then `quote` is how the page quotes it, and `lacking` the shape of the tag
 * where it is not there). */

/** @returns {Block} */
export function newBlock(fields) {
	return {
		attr: '', quote: null, lacking: '', attributes: {}, items: [], place: null, isHero: false, id: '', key: '', aboveFold: false, ...fields,
	};
}

/** The SHA-256 of text or bytes, in hex. */
export function sha256(data) {
	// The short way is twice as quick, and Node has it since 20.12.
	return crypto.hash ? crypto.hash('sha256', data) : crypto.createHash('sha256').update(data).digest('hex');
}

export function keyOf(attr, content) {
	return sha256(`${attr}\0${content}`).slice(0, 16);
}

/** Length in code points, as Python counts it. */
export function lengthOf(text) {
	let length = text.length;
	for (const char of text) {
		length -= char.length - 1;
	}
	return length;
}

/** Give every block its id: the hash of its content, and a number for the nth equal one. @param {Block[]} blocks */
export function identify(blocks) {
	const seen = new Map();
	for (const block of blocks) {
		block.key = keyOf(block.attr, block.content);
		const name = `b-${block.key.slice(0, 10)}`;
		const count = (seen.get(name) ?? 0) + 1;
		seen.set(name, count);
		block.id = count === 1 ? name : `${name}-${count}`;
	}
}

/** Guess what is seen without scrolling: the page's own mark, else the measured rule of 700 characters. @param {Block[]} blocks */
export function markFold(blocks) {
	if (blocks.some(block => block.isHero)) {
		for (const block of blocks) {
			block.aboveFold = block.isHero;
		}
		return;
	}
	const texts = blocks.filter(block => !BELOW.includes(block.region));
	const begin = Math.max(0, texts.findIndex(block => block.region === 'main' || block.type === 'h1'));
	let taken = 0;
	for (const block of texts.slice(begin)) {
		if (taken >= FOLD_CHARS || (block.type === 'h2' && taken >= HERO_LINE_CHARS)) {
			return;
		}
		block.aboveFold = true;
		if (!block.attr) {
			taken += lengthOf(block.content);
		}
	}
}

/** A block as the wire carries it. @param {Block} block @param {import('./source.js').Source} source */
export function exportBlock(block, source) {
	return {
		id: block.id,
		type: block.type,
		content: block.content,
		...(Object.keys(block.attributes).length ? {attributes: block.attributes} : {}),
		region: block.region,
		span: [block.start * source.width, block.end * source.width],
		key: block.key,
		hash: sha256(source.slice(block.start, block.end)).slice(0, 16),
		above_fold: block.aboveFold,
	};
}
