/** Bytes to text and back, whatever the page says about itself. */
import assert from 'node:assert/strict';
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
