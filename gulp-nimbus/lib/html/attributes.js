/** Blocks for the attributes of a tag that visitors read. */
import {newBlock} from './blocks.js';
import {collapse, escape, hasLetter, strip, unescape} from './chars.js';
import {LACKING} from './tags.js';
import {fileName, traitsOf} from './traits.js';

/** @typedef {import('./source.js').Source} Source */

/**
 * @param {Source} source
 * @param {import('./tokenizer.js').Token} token
 * @param {import('./regions.js').Container} element the tag's own, or the one it stands in
 * @param {import('./regions.js').Container} place the innermost one that is open
 * @returns {{blocks: import('./blocks.js').Block[], isUndecodable: boolean}}
 */
export function attributeBlocks(source, token, element, place) {
	const blocks = [];
	let isUndecodable = false;
	for (const attribute of traitsOf(token.tag).texts) {
		const {name, valueStart: start, valueEnd: end, quote} = token.place(attribute);
		const text = source.decode(start, end);
		if (text === null || text.includes('\0')) {
			isUndecodable = true;
			continue;
		}
		const isLacking = quote === LACKING;
		const content = isLacking ? fileName(plainValue(source, token.tag, 'src')) : strip(collapse(unescape(text, true)));
		if (hasLetter(content)) {
			blocks.push(newBlock({
				type: token.name, content: escape(content), start, end, region: element.region, attr: name, quote,
				lacking: isLacking ? token.tag.shape : '',
				attributes: {attr: name, ...links(source, token.tag)}, place, isHero: element.isHero,
			}));
		}
	}
	return {blocks, isUndecodable};
}

/** Where the tag points to, for people to look at. */
function links(source, tag) {
	const found = ['src', 'href'].map(name => [name, plainValue(source, tag, name)]);
	return Object.fromEntries(found.filter(([, value]) => value));
}

/** A decoded attribute value; "" when absent or undecodable. @param {Source} source @param {import('./tags.js').Tag} tag */
export function plainValue(source, tag, name) {
	const raw = tag.values.get(name);
	return raw ? strip(unescape(source.textOf(raw) ?? '', true)) : '';
}
