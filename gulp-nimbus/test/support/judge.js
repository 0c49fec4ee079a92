/** Judges that know nothing of our engine: the tree a browser would build, and the bytes beside the edits. */
import {parse} from 'parse5';

// Values that an edit may change.
const TEXT_VALUES = new Set(['alt', 'title', 'aria-label', 'placeholder', 'value', 'content']);
const CODE = new Set(['script', 'style']);
const MAC = {macintosh: 'x-mac-cyrillic'};

/**
 * The tree line by line: elements, attributes, scripts, comments; not the text that may be rewritten.
 * @param {Buffer} data
 * @param {string} encoding
 */
export function skeleton(data, encoding) {
	const found = [];
	const waiting = [[0, parse(new TextDecoder(MAC[encoding] ?? encoding).decode(data))]];
	while (waiting.length) {
		const [depth, node] = waiting.pop();
		if (node.nodeName === '#text' || isInsertable(node)) {
			continue;
		}
		found.push(`${depth} ${node.namespaceURI ?? ''} ${node.nodeName} ${attributes(node)} ${code(node)}`);
		const children = [...(node.childNodes ?? []), ...(node.content ? [node.content] : [])];
		waiting.push(...children.reverse().map(child => [depth + 1, child]));
	}
	return found;
}

/** A title or description that was missing may have been inserted, so neither side counts them. */
function isInsertable(node) {
	const isHtml = node.namespaceURI?.endsWith('xhtml');
	return isHtml && (node.tagName === 'title' || (node.tagName === 'meta' && value(node, 'name').toLowerCase() === 'description'));
}

/** By name; whether a picture has an alternative text at all counts on neither side, like a title. */
function attributes(node) {
	const kept = (node.attrs ?? []).filter(({name}) => node.nodeName !== 'img' || name !== 'alt');
	return kept.map(({name, value}) => `${name}=${TEXT_VALUES.has(name) ? '' : JSON.stringify(value)}`).sort();
}

function value(node, name) {
	return node.attrs?.find(each => each.name === name)?.value ?? '';
}

/** What runs as it stands; the strings of JSON-LD may be rewritten, its keys may not. */
function code(node) {
	if (node.nodeName === '#comment') {
		return node.data;
	}
	if (!CODE.has(node.tagName)) {
		return '';
	}
	const text = node.childNodes.map(child => child.value).join('');
	return value(node, 'type').toLowerCase() === 'application/ld+json' ? shapeOfJson(text) : text;
}

function shapeOfJson(text) {
	try {
		return JSON.stringify(JSON.parse(text), (_, each) => (each && typeof each === 'object' ? each : typeof each));
	} catch {
		return text;
	}
}

/**
 * The bytes of a page beside some spans; a span inside another belongs to it.
 * @param {Buffer} data
 * @param {[number, number][]} spans
 */
export function outside(data, spans) {
	const kept = [];
	let at = 0;
	for (const [start, end] of [...spans].sort((one, other) => one[0] - other[0] || other[1] - one[1])) {
		if (start >= at) {
			kept.push(data.subarray(at, start), Buffer.from([0]));
			at = end;
		}
	}
	return Buffer.concat([...kept, data.subarray(at)]);
}
