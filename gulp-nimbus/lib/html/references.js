/** Character references: `&amp;`, `&#8212;`, `&#x1F600;` and the old names without `;`. */
import {ENTITIES} from './entities.js';

const REFERENCE = /&(?:#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?|([0-9A-Za-z]+;?))/g;

/** What the standard makes of the numbers 128 to 159: windows-1252. */
export const WINDOWS_1252 = ('€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ');

function numbered(digits, base) {
	const code = parseInt(digits, base);
	if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
		return '\ufffd';
	}
	return code >= 128 && code < 160 ? WINDOWS_1252[code - 128] : String.fromCodePoint(code);
}

/** @returns {[string, number] | null} the characters and how much of `name` they took */
function named(name, follows, inAttribute) {
	for (let length = name.length; length > 1; length--) {
		const known = ENTITIES.get(name.slice(0, length));
		if (known !== undefined) {
			const next = name[length] ?? follows;
			// `?a=1&copy=2` in an attribute is an address, not a sign.
			const isPlain = inAttribute && name[length - 1] !== ';' && /^[=0-9A-Za-z]/.test(next ?? '');
			return isPlain ? null : [known, length];
		}
	}
	return null;
}

/** Replace every character reference. */
export function decodeReferences(text, inAttribute = false) {
	if (!text.includes('&')) {
		return text;
	}
	return text.replace(REFERENCE, (whole, hex, digits, name, offset) => {
		if (hex !== undefined) {
			return numbered(hex, 16);
		}
		if (digits !== undefined) {
			return numbered(digits, 10);
		}
		const found = named(name, text[offset + whole.length], inAttribute);
		return found ? found[0] + name.slice(found[1]) : whole;
	});
}
