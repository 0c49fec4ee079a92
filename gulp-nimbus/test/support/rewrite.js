/** Hard rewrites of whole pages, and what must be left of the page beside them. */
import {Page} from '../../lib/html/index.js';
import {parse} from '../../lib/html/inline.js';
import {Patcher} from '../../lib/html/patcher.js';
import {outside} from './judge.js';
import {LACKING} from '../../lib/html/tags.js';

const MARGINS = {'': [1, 1], [LACKING]: [' alt="'.length, 1]};

// Quotes, references, emoji, non-Latin, and what looks like markup.
const HARD = 'Neu “Straße” &amp; Ω 😀 日本 1 &lt; 2 &lt;/p&gt; &amp;amp; "\' ';

/** Every block of a page, those of JSON-LD last. @param {Page} page */
export function offered(page) {
	return [...page.blocks, ...page.jsonLd.blocks];
}

/** Every third block, rewritten. @param {Page} page */
export function hardChanges(page) {
	return Object.fromEntries(offered(page).filter((_, index) => index % 3 === 0).map(block => [block.id, HARD + block.content]));
}

/** The page with every block built anew from its own content. @param {Page} page */
export function rebuilt(page) {
	const patcher = new Patcher(page.source);
	for (const block of offered(page).sort((one, other) => (one.attr ? 0 : 1) - (other.attr ? 0 : 1))) {
		patcher.replaceBlock(block, parse(block.content));
	}
	return patcher.result();
}

/**
 * Whether every byte beside the texts that were written is as it was.
 * @param {Page} page
 * @param {Buffer} output
 * @param {Object<string, string>} report
 */
export function isKeptBeside(page, output, report) {
	const {width, data} = page.source;
	const after = new Page(output);
	const [blocks, written] = [offered(page), offered(after)];
	if (blocks.length !== written.length) {
		return false;
	}
	const pairs = blocks.map((block, index) => [block, written[index]]).filter(([{id}]) => report[id] === 'applied');
	for (const [name, field] of page.head.fields) {
		if (report[name] === 'applied') {
			pairs.push([field, after.head.fields.get(name)]);
		}
	}
	const old = outside(data, pairs.map(([{start, end}]) => [start * width, end * width]));
	const now = outside(output, pairs.map(([{quote}, {start, end}]) => {
		// Values without quotes are given some, and a text that was lacking its attribute's name as well.
		const [before, behind] = MARGINS[quote] ?? [0, 0];
		return [(start - before) * width, (end + behind) * width];
	}));
	return Object.values(report).includes('inserted') ? isOneInsertion(old, now) : old.equals(now);
}

/** Whether one piece was put in; which one, the skeletons tell. */
function isOneInsertion(before, after) {
	let start = 0;
	while (start < before.length && before[start] === after[start]) {
		start++;
	}
	let end = 0;
	while (end < before.length && before.at(-1 - end) === after.at(-1 - end)) {
		end++;
	}
	return start + end >= before.length && before.length < after.length;
}
