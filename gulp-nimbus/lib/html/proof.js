/** The proof that a page was changed as wanted and in nothing else: both versions are read, and compared. */
import {isAscii} from 'node:buffer';

/** @typedef {import('./page.js').Page} Page */

/** What a head field that the page did not have adds to its tags. */
const INSERTED = {title: ['start title', 'end title'], metaDescription: ['start meta name content']};

/**
 * Whether the new page shows what was wanted and, besides, all that the old one showed.
 * @param {Page} before @param {Page} after
 * @param {{blocks: Map<string, string>, head: Map<string, string>, inserted: string[]}} wanted content by block id, text by head
 * field, and the fields that the page did not have
 */
export function isProved(before, after, wanted) {
	return isReadAlike(before, after)
		&& areTextsProved(before.blocks, after.blocks, wanted.blocks)
		&& isPermuted(linesOf({...before.head.values(), ...Object.fromEntries(wanted.head)}), linesOf(after.head.values()))
		&& isJsonLdProved(before.jsonLd, after.jsonLd, wanted.blocks)
		&& isPermuted([...completed(before, wanted.blocks), ...wanted.inserted.flatMap(name => INSERTED[name])], tagsOf(after));
}

/** The tags with the alternative texts that were written into some that had none. */
function completed(page, contents) {
	const tags = tagsOf(page);
	for (const {id, lacking} of page.blocks) {
		if (lacking && contents.has(id)) {
			tags[tags.indexOf(lacking)] = lacking.replace('start img', 'start img alt');
		}
	}
	return tags;
}

/** Whether the bytes still mean the same text. */
function isReadAlike({source, warnings}, after) {
	if (isAscii(after.source.data)) {
		// What made the encoding a guess may be gone, and with it the guess: ASCII is read alike in all.
		return warnings.filter(warning => warning !== 'encoding_conflict').join() === after.warnings.join();
	}
	return after.source.encoding === source.encoding && after.warnings.join() === warnings.join();
}

/** Swapped tags take their attributes with them, so only texts keep their order. */
function areTextsProved(before, after, contents) {
	const wanted = textsOf(before, contents);
	const found = textsOf(after);
	return isEqual(wanted.filter(isPlain), found.filter(isPlain)) && isPermuted(wanted, found);
}

/** Whether the scripts say what was wanted, and are as before around it. */
function isJsonLdProved(before, after, contents) {
	return isPermuted(textsOf(before.blocks, contents), textsOf(after.blocks)) && isPermuted(before.rest, after.rest);
}

/** Each block as one string: its attribute, if it is one, and its content or the one that is wanted. */
function textsOf(blocks, contents = new Map()) {
	return blocks.map(({id, attr, content}) => `${attr}\0${contents.get(id) ?? content}`);
}

function isPlain(text) {
	return text.startsWith('\0');
}

/** All but the text: every tag with the names of its attributes, and every comment. @param {Page} page @returns {string[]} */
function tagsOf(page) {
	return [...page.marks.map(tag => tag.shape), ...page.comments];
}

function linesOf(fields) {
	return Object.entries(fields).map(([name, value]) => `${name}\0${value}`);
}

function isEqual(one, other) {
	return one.length === other.length && one.every((text, index) => text === other[index]);
}

/** Whether two lists hold the same strings, equally often. */
function isPermuted(one, other) {
	const counts = new Map();
	for (const text of one) {
		counts.set(text, (counts.get(text) ?? 0) + 1);
	}
	return one.length === other.length && other.every(text => {
		const left = counts.get(text) ?? 0;
		counts.set(text, left - 1);
		return left > 0;
	});
}
