/** Which encoding a page is in, and how its bytes become text and back. */
import {isAscii, isUtf8} from 'node:buffer';
import {lower, strip} from './chars.js';
import {words} from './names.js';
import {TABLES} from './tables.js';
import {Tokenizer} from './tokenizer.js';

/** This page is not worked on; `reason` is a code: too_large, empty, not_html, no_text, encoding. */
export class Refuse extends Error {
	constructor(reason) {
		super(reason);
		this.name = 'Refuse';
		this.reason = reason;
	}
}

const PRESCAN = 1024;
// A quote that never ends names nothing.
const CHARSET = /charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:(["'])(.*?)\1|(?!["'])([^\t\n\f\r ;]*)|["'])/is;
const XML = /^<\?xml[^>]*?encoding[\0- ]*=[\0- ]*(["'])([^"'\0- >]+)\1[^>]*>/;
const NAMES = new Map([
	['utf-8', 'utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8'],
	['utf-16le', 'utf-16 utf-16le ucs-2 unicode csunicode iso-10646-ucs-2'],
	['utf-16be', 'utf-16be unicodefffe'],
	['windows-1252', 'windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso88591 iso_8859-1 latin1 l1 ascii us-ascii '
		+ 'ansi_x3.4-1968 cp819 ibm819 csisolatin1 iso-ir-100'],
	['windows-1254', 'windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 latin5 l5'],
	['windows-874', 'windows-874 iso-8859-11 iso8859-11 tis-620 dos-874'],
	['iso-8859-2', 'iso-8859-2 iso8859-2 iso88592 iso_8859-2 latin2 l2'],
	['iso-8859-3', 'iso-8859-3 iso8859-3 iso88593 iso_8859-3 latin3 l3'],
	['iso-8859-4', 'iso-8859-4 iso8859-4 iso88594 iso_8859-4 latin4 l4'],
	['iso-8859-5', 'iso-8859-5 iso8859-5 iso88595 iso_8859-5 cyrillic'],
	['iso-8859-6', 'iso-8859-6 iso8859-6 iso88596 iso_8859-6 arabic'],
	['iso-8859-7', 'iso-8859-7 iso8859-7 iso88597 iso_8859-7 greek greek8'],
	['iso-8859-8', 'iso-8859-8 iso8859-8 iso88598 iso_8859-8 hebrew visual iso-8859-8-i logical'],
	['iso-8859-10', 'iso-8859-10 iso8859-10 iso885910 latin6 l6'],
	['iso-8859-13', 'iso-8859-13 iso8859-13 iso885913'],
	['iso-8859-14', 'iso-8859-14 iso8859-14 iso885914'],
	['iso-8859-15', 'iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9'],
	['iso-8859-16', 'iso-8859-16'],
	['windows-1250', 'windows-1250 cp1250 x-cp1250'],
	['windows-1251', 'windows-1251 cp1251 x-cp1251'],
	['windows-1253', 'windows-1253 cp1253 x-cp1253'],
	['windows-1255', 'windows-1255 cp1255 x-cp1255'],
	['windows-1256', 'windows-1256 cp1256 x-cp1256'],
	['windows-1257', 'windows-1257 cp1257 x-cp1257'],
	['windows-1258', 'windows-1258 cp1258 x-cp1258'],
	['koi8-r', 'koi8-r koi8 koi8_r koi cskoi8r'],
	['koi8-u', 'koi8-u koi8-ru'],
	['ibm866', 'ibm866 866 cp866 csibm866'],
	['macintosh', 'macintosh mac x-mac-roman csmacintosh'],
	['gbk', 'gbk gb2312 gb_2312-80 x-gbk chinese csgb2312 gb18030'],
	['big5', 'big5 big5-hkscs cn-big5 csbig5 x-x-big5'],
	['euc-jp', 'euc-jp x-euc-jp cseucpkdfmtjapanese'],
	['shift_jis', 'shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis'],
	['euc-kr', 'euc-kr ks_c_5601-1987 ksc5601 ksc_5601 korean windows-949 cseuckr'],
]);
const LABELS = new Map([...NAMES].flatMap(([encoding, labels]) => labels.split(' ').map(label => [label, encoding])));
// Their ASCII bytes do not always mean ASCII, or no two readers agree on their letters.
const REFUSED = words('iso-2022-jp csiso2022jp iso-2022-kr csiso2022kr iso-2022-cn iso-2022-cn-ext hz-gb-2312 utf-7 utf-32 '
	+ 'x-mac-cyrillic x-mac-ukrainian x-user-defined replacement');
// Python and JavaScript read thousands of their sequences differently, so only their ASCII is worked on.
const MULTIBYTE = words('gbk big5 euc-jp shift_jis euc-kr');
const UNDEFINED = '\uffff';
const MARKS = [
	[[0xef, 0xbb, 0xbf], 'utf-8'],
	[[0xff, 0xfe], 'utf-16le'],
	[[0xfe, 0xff], 'utf-16be'],
];

/** The encoding of a label; null when unknown. Refuses those a byte position means nothing in. */
function resolve(label) {
	const name = lower(strip(label));
	if (REFUSED.has(name)) {
		throw new Refuse('encoding');
	}
	return LABELS.get(name) ?? null;
}

/** The encoding that a `<meta>` in the first bytes names, else an XML declaration. */
function declared(head) {
	const units = head.latin1Slice();
	for (const token of new Tokenizer(units)) {
		if (token.kind !== 'start' || token.name !== 'meta') {
			continue;
		}
		const {values} = token.tag;
		let label = values.get('charset') ?? null;
		if (label === null && lower(values.get('http-equiv') ?? '') === 'content-type') {
			label = charsetIn(values.get('content') ?? '');
		}
		const encoding = asciiBased(label);
		if (encoding) {
			return encoding;
		}
	}
	return asciiBased(XML.exec(units)?.[2]);
}

function asciiBased(label) {
	const encoding = label ? resolve(label) : null;
	// A page whose ASCII declaration could be read is not UTF-16.
	return encoding?.startsWith('utf-16') ? 'utf-8' : encoding;
}

/** What follows `charset=` in an http-equiv content. */
function charsetIn(content) {
	const found = CHARSET.exec(content);
	return found ? found[2] || found[3] || null : null;
}

/**
 * @param {Buffer} data
 * @param {string | null} option
 * @returns {{encoding: string, mark: number, isDeclared: boolean, warnings: string[]}} `mark`: bytes of its mark;
 * `isDeclared`: whether the page says so itself
 */
export function detect(data, option) {
	for (const [mark, encoding] of MARKS) {
		if (mark.every((byte, index) => data[index] === byte)) {
			return {encoding, mark: mark.length, isDeclared: true, warnings: []};
		}
	}
	if (option) {
		return chosen(resolve(option), data);
	}
	const named = declared(data.subarray(0, PRESCAN));
	if (named && named !== 'utf-8' && !isAscii(data) && isUtf8(data)) {
		// Valid UTF-8 by chance is far rarer than an old `<meta>` that lies.
		return {encoding: 'utf-8', mark: 0, isDeclared: true, warnings: ['encoding_conflict']};
	}
	if (named) {
		return chosen(named, data);
	}
	if (isAscii(data)) {
		return {encoding: 'utf-8', mark: 0, isDeclared: false, warnings: []};
	}
	return {encoding: isUtf8(data) ? 'utf-8' : 'windows-1252', mark: 0, isDeclared: true, warnings: []};
}

function chosen(encoding, data) {
	if (encoding === null || (MULTIBYTE.has(encoding) && !isAscii(data))) {
		throw new Refuse('encoding');
	}
	return {encoding, mark: 0, isDeclared: true, warnings: []};
}

/** Bytes to text; null where the bytes are invalid. @returns {(bytes: Buffer) => string | null} */
export function decoder(encoding) {
	const table = TABLES.get(encoding);
	if (table) {
		return bytes => {
			const text = bytes.latin1Slice().replace(/[\x80-\xff]/g, char => table[char.charCodeAt(0) - 128]);
			return text.includes(UNDEFINED) ? null : text;
		};
	}
	const strict = new TextDecoder(MULTIBYTE.has(encoding) ? 'ascii' : encoding, {fatal: true, ignoreBOM: true});
	return bytes => {
		try {
			return strict.decode(bytes);
		} catch {
			return null;
		}
	};
}

/** Text to bytes; what the encoding can't hold becomes `&#N;`. @returns {(text: string) => Buffer} */
export function encoder(encoding, asciiOnly) {
	if (asciiOnly || MULTIBYTE.has(encoding)) {
		// No reader is in doubt about a reference.
		return text => Buffer.from(text.replace(/[^\0-\x7f]/gu, reference), 'latin1');
	}
	if (encoding === 'utf-8') {
		return text => Buffer.from(text, 'utf8');
	}
	if (encoding.startsWith('utf-16')) {
		return text => encoding === 'utf-16le' ? Buffer.from(text, 'utf16le') : Buffer.from(text, 'utf16le').swap16();
	}
	const bytes = new Map([...TABLES.get(encoding)].map((char, index) => [char, String.fromCharCode(index + 128)]));
	bytes.delete(UNDEFINED);
	return text => Buffer.from(text.replace(/[^\0-\x7f]/gu, char => bytes.get(char) ?? reference(char)), 'latin1');
}

function reference(char) {
	return `&#${char.codePointAt(0)};`;
}
