/** Bytes to text and back, whatever the page says about itself. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {Refuse} from '../lib/html/encoding.js';
import {Source} from '../lib/html/source.js';

function latin1(text) {
	return Buffer.from(text, 'latin1');
}

test('windows-1252 quotes are read as quotes', () => {
	const source = new Source(latin1('<meta charset="iso-8859-1">\x93caf\xe9\x94'));

	assert.equal(source.encoding, 'windows-1252');
	assert.equal(source.decode(27, source.units.length), '“café”');
});

test('what an encoding cannot hold becomes a reference', () => {
	const source = new Source(latin1('<meta charset="iso-8859-1">x'));

	assert.deepEqual(source.encode('é“Ω😀'), latin1('\xe9\x93&#937;&#128512;'));
});

test('a page of plain ASCII that names no encoding only gets ASCII', () => {
	assert.equal(new Source(Buffer.from('<p>Hello</p>')).encode('é').toString(), '&#233;');
});

test('valid UTF-8 beats an old meta, with a warning', () => {
	const source = new Source(Buffer.from('<meta charset="gb2312"><p>größer'));

	assert.equal(source.encoding, 'utf-8');
	assert.deepEqual(source.warnings, ['encoding_conflict']);
});

test('UTF-16 is read by its mark, in code units', () => {
	const source = new Source(Buffer.from('\ufeff<p>é😀', 'utf16le').swap16());

	assert.deepEqual([source.encoding, source.width, source.start], ['utf-16be', 2, 1]);
	assert.equal(source.decode(4, 7), 'é😀');
	assert.deepEqual(source.encode('é'), Buffer.from([0x00, 0xe9]));
});

test('invalid bytes are no text', () => {
	const source = new Source(latin1('<meta charset="utf-8"><p>caf\xe9'));

	assert.equal(source.decode(25, source.units.length), null);
});

for (const [what, data, encoding, reason] of [
	['an empty file', ' \n', null, 'empty'],
	['a file over 5 MB', Buffer.alloc(5_000_001, 97), null, 'too_large'],
	['UTF-7', '<meta charset="utf-7"><p>x', null, 'encoding'],
	['ISO-2022-JP', '<p>x', 'iso-2022-jp', 'encoding'],
	['an unknown option', '<p>x', 'klingon', 'encoding'],
	['odd UTF-16', Buffer.from([0xff, 0xfe, 0x41]), null, 'encoding'],
]) {
	test(`${what} is refused as ${reason}`, () => {
		assert.throws(() => new Source(Buffer.from(data), encoding), error => error instanceof Refuse && error.reason === reason);
	});
}

const spec = JSON.parse(readFileSync(new URL('../../spec/encodings.json', import.meta.url), 'utf8'));

test('every byte of a single-byte encoding is read as the web does and written back', () => {
	for (const [encoding, chars] of Object.entries(spec.upper_halves)) {
		const source = new Source(Buffer.from(Array.from({length: 256}, (_, byte) => byte)), encoding);
		[...chars].forEach((char, index) => {
			assert.equal(source.decode(128 + index, 129 + index), char === '\uffff' ? null : char, `${encoding} ${128 + index}`);
			assert.ok(char === '\uffff' || source.encode(char).equals(Buffer.from([128 + index])), `${encoding} ${128 + index}`);
		});
	}
});

test('labels lead to their encoding, in any case', () => {
	for (const [encoding, labels] of Object.entries(spec.labels)) {
		for (const label of labels.split(' ')) {
			assert.equal(new Source(Buffer.from('<p>x'), ` ${label.toUpperCase()}\n`).encoding, encoding, label);
		}
	}
});

test('refused labels are refused in the page too', () => {
	for (const label of spec.refused.split(' ')) {
		for (const [data, option] of [['<p>', label], [`<meta charset=${label}><p>x`, null]]) {
			assert.throws(() => new Source(Buffer.from(data), option), {reason: 'encoding'}, label);
		}
	}
});

test('legacy multi-byte pages are read while they are ASCII', () => {
	for (const encoding of ['gbk', 'big5', 'euc-jp', 'shift_jis', 'euc-kr']) {
		assert.equal(new Source(Buffer.from('<p>x'), encoding).encode('é世').toString(), '&#233;&#19990;');
		assert.throws(() => new Source(latin1('<p>\xb0\xa1'), encoding), {reason: 'encoding'}, encoding);
	}
});
