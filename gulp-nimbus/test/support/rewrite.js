/** Hard rewrites of whole pages, and what must be left of the page beside them. */
import {Page} from '../../lib/html/index.js';
import {parse} from '../../lib/html/inline.js';
import {Patcher} from '../../lib/html/patcher.js';
import {outside} from './judge.js';

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

/** Whether every byte beside the changed blocks is as it was. @param {Page} page @param {Buffer} output */
export function isKeptBeside(page, output, changes) {
	const {width} = page.source;
	const [blocks, after] = [offered(page), offered(new Page(output))];
	if (blocks.length !== after.length) {
		return false;
	}
	const pairs = blocks.map((block, index) => [block, after[index]]).filter(([{id}]) => Object.hasOwn(changes, id));
	const old = pairs.map(([{start, end}]) => [start * width, end * width]);
	const now = pairs.map(([{attr, quote}, {start, end}]) => {
		// Values without quotes are given some.
		const more = attr && quote === '' ? 1 : 0;
		return [(start - more) * width, (end + more) * width];
	});
	return outside(page.source.data, old).equals(outside(output, now));
}
