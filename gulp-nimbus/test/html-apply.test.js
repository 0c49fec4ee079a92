/** A page is written only when it proves itself. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Page, apply} from '../lib/html/index.js';
import {Patcher} from '../lib/html/patcher.js';

const PAGE = Buffer.from('<title>T</title><p>Text</p><p>Other</p><script type="application/ld+json">{"a":"Shop"}</script>');

for (const [right, wrong] of [
	['<p>Other', '<p>Broken'], ['<p>Other', '<p onclick=x>Other'], ['<p>Other', '<br><p>Other'], ['N</title>', 'M</title>'],
	['"Shop"', '"Shed"'], ['<p>New', '<p>Old'], ['<p>New', '<!-- x --><p>New'],
]) {
	test(`nothing is written when ${right} turns out as ${wrong}`, t => {
		const block = new Page(PAGE).blocks[0].id;
		const {result} = Patcher.prototype;
		assert.ok(apply(PAGE, {[block]: 'New'}, {title: 'N'})[0].includes(right));
		t.mock.method(Patcher.prototype, 'result', function broken() {
			return Buffer.from(result.call(this).toString().replace(right, wrong));
		});

		const [out, report] = apply(PAGE, {[block]: 'New'}, {title: 'N'});

		assert.equal(out, PAGE);
		assert.deepEqual(report, {[block]: 'verify-failed', title: 'verify-failed'});
	});
}

test('a page that was read before is written like its bytes', () => {
	const data = Buffer.from('<title>Für Sie</title><p>Schöne Uhren</p>', 'latin1');
	const page = new Page(data, 'windows-1252');
	const changes = {[page.blocks[0].id]: 'Größe'};

	const [out, report] = apply(page, changes, {title: 'Ö'});

	assert.equal(out.toString('latin1'), '<title>Ö</title><p>Größe</p>');
	assert.deepEqual(report, apply(data, changes, {title: 'Ö'}, 'windows-1252')[1]);
	assert.deepEqual(apply(page, changes, {title: 'Ö'})[0], out);
});
