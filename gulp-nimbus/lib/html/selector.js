/**
 * A small subset of CSS selectors, by which a project names the part of its pages that is seen first.
 * `section.hero`, `#top` or `[data-part="hero"]`, several with commas between them. Each names one element by its tag,
 * id, classes and attributes; there are no descendants, so that matching needs nothing but the tag itself.
 */
import {strip} from './chars.js';

const NAME = '[A-Za-z_-][A-Za-z0-9_-]*';
const PART = new RegExp(`(?<tag>[A-Za-z][A-Za-z0-9-]*)|#(?<id>${NAME})|\\.(?<term>${NAME})`
	+ `|\\[(?<attr>${NAME})(?<equals>=(?:"(?<quoted>[ !#-\\[\\]-~]*)"|(?<bare>${NAME})))?\\]`, 'y');
const COMMA = /[\t\n\f\r ]*,[\t\n\f\r ]*/y;
const HELP = 'Name elements by tag, #id, .class or [attribute], such as `section.hero` or '
	+ '`#top, [data-part="hero"]`; descendants are not looked at.';

/** @typedef {{kind: 'tag' | 'class' | 'attribute', name: string, value: string | null}} Part
 * One condition; an attribute (an id too) with a value, or with any where that is null. */

/** The alternatives of a selector, each a list of conditions; none for an empty text. @returns {Part[][]} */
export function parseSelector(text) {
	const source = strip(text);
	const found = [[]];
	let at = 0;
	while (at < source.length) {
		const comma = matchAt(COMMA, source, at);
		const part = matchAt(PART, source, at);
		if (comma && found.at(-1).length) {
			found.push([]);
			at += comma[0].length;
		} else if (part && !(part.groups.tag && found.at(-1).length)) {
			found.at(-1).push(partOf(part.groups));
			at += part[0].length;
		} else {
			throw new TypeError(HELP);
		}
	}
	if (source && !found.at(-1).length) {
		throw new TypeError(HELP);
	}
	return source ? found : [];
}

function matchAt(expression, text, at) {
	expression.lastIndex = at;
	return expression.exec(text);
}

function partOf({tag, id, term, attr, equals, quoted, bare}) {
	if (tag) {
		return {kind: 'tag', name: tag.toLowerCase(), value: null};
	}
	if (term) {
		return {kind: 'class', name: term, value: null};
	}
	return id ? {kind: 'attribute', name: 'id', value: id}
		: {kind: 'attribute', name: attr.toLowerCase(), value: equals ? quoted ?? bare : null};
}

/** Whether a tag with these raw attribute values is meant. @param {Part[][]} selector @param {Map<string, string>} values */
export function matchesSelector(selector, name, values) {
	return selector.some(parts => parts.every(part => holds(part, name, values)));
}

function holds(part, name, values) {
	if (part.kind === 'tag') {
		return part.name === name;
	}
	if (part.kind === 'class') {
		return (values.get('class') ?? '').split(/[\t\n\f\r ]+/).includes(part.name);
	}
	return values.has(part.name) && (part.value === null || part.value === values.get(part.name));
}
