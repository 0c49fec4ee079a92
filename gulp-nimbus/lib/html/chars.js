/** Character references, white space and letters, by rules both languages spell the same way. */
import {ENTITIES} from './entities.js';

const REFERENCE = /&(?:#[xX]([0-9a-fA-F]+);?|#([0-9]+);?|([a-zA-Z][a-zA-Z0-9]*;?))/g;
/** White space that is not one space already. */
const UNEVEN = /[\t\n\f\r][\t\n\f\r ]*| [\t\n\f\r ]+/g;
const LONGEST = Math.max(...[...ENTITIES.keys()].map(name => name.length));
/** windows-1252 from 0x80 to 0x9F; Node's own decoder has it wrong in some releases. */
export const C1 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

export function normalizeNewlines(text) {
	return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** ASCII lower case. */
export function lower(text) {
	return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, run => run.toLowerCase()) : text;
}

/** The words of an attribute such as class or rel, in lower case. */
export function terms(text) {
	return text ? lower(text).split(/[\t\n\f\r ]+/).filter(Boolean) : [];
}

/** Every run of ASCII white space as one space; edges are kept. */
export function collapse(text) {
	return text.replace(UNEVEN, ' ');
}

/** Trim ASCII white space only: trim() would also eat U+00A0 and U+FEFF. */
export function strip(text) {
	let start = 0;
	let end = text.length;
	while (start < end && isSpace(text[start])) {
		start++;
	}
	while (end > start && isSpace(text[end - 1])) {
		end--;
	}
	return text.slice(start, end);
}

/** Whether a character of Unicode category L* is in the text. */
export function hasLetter(text) {
	// Most letters are ASCII, and the look for others is slow.
	return /[a-zA-Z]/.test(text) || /\p{L}/u.test(text);
}

function numeric(digits, base) {
	const code = parseInt(digits, base);
	if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
		return '\ufffd';
	}
	return code >= 0x80 && code < 0xa0 ? C1[code - 0x80] : String.fromCodePoint(code);
}

/** What the longest known prefix of `name` stands for, and its length. @returns {[string, number] | null} */
function named(name, follower, inAttribute) {
	for (let length = Math.min(name.length, LONGEST); length > 1; length--) {
		const known = ENTITIES.get(name.slice(0, length));
		if (known !== undefined) {
			// `?a=1&copy=2` is a query, not a copyright sign.
			const isQuery = /^[=0-9a-zA-Z]/.test(name.slice(length, length + 1) || follower);
			return inAttribute && isQuery && name[length - 1] !== ';' ? null : [known, length];
		}
	}
	return null;
}

/** The text cut into [source, decoded]: references one by one, plain text between them. @returns {[string, string][]} */
export function pieces(text, inAttribute = false) {
	const found = [];
	let at = 0;
	for (const match of text.matchAll(REFERENCE)) {
		let source = match[0];
		let decoded;
		if (match[3] === undefined) {
			decoded = match[1] ? numeric(match[1], 16) : numeric(match[2], 10);
		} else {
			const hit = named(match[3], text.slice(match.index + source.length, match.index + source.length + 1), inAttribute);
			if (!hit) {
				continue;
			}
			decoded = hit[0];
			source = source.slice(0, hit[1] + 1);
		}
		if (match.index > at) {
			found.push([text.slice(at, match.index), text.slice(at, match.index)]);
		}
		found.push([source, decoded]);
		at = match.index + source.length;
	}
	if (at < text.length) {
		found.push([text.slice(at), text.slice(at)]);
	}
	return found;
}

/** The text with its character references decoded as browsers do. */
export function unescape(text, inAttribute = false) {
	return text.includes('&') ? pieces(text, inAttribute).map(([, decoded]) => decoded).join('') : text;
}

/** Plain text as block content. */
export function escape(text) {
	return /[&<>]/.test(text) ? text.replace(/[&<>]/g, char => ({'&': '&amp;', '<': '&lt;', '>': '&gt;'})[char]) : text;
}

/** Whether a unit is ASCII white space. */
export function isSpace(unit) {
	return unit === ' ' || unit === '\n' || unit === '\t' || unit === '\r' || unit === '\f';
}
