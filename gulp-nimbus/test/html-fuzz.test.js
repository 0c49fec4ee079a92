/** Whatever the page and the answer: only a refusal, no byte beside the edits, once applied is applied for good. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Page, Refuse, apply} from '../lib/html/index.js';
import fc from './support/fuzz.js';
import {isKeptBeside, offered, rebuilt} from './support/rewrite.js';

const NAMES = ('p div a b i em span ul li h1 h2 main nav header footer section table tr td th button label form img br hr '
	+ 'input textarea select option svg math title style script noscript template code pre picture x-y time').split(' ');
const PIECES = ['<', '>', '&', '&amp;', '&nbsp;', '&#x41;', '&#0;', '&copy', '</', '<!', '<!-- c -->', '<!--', '-->',
	'<![CDATA[x]]>', '<?pi?>', ' ', '\n', '\r\n', 'Hello', '1 < 2', 'Größe', '日本', '😀', '\u00a0', '\u2028', '\0',
	'<p title="A tip">', '<img alt=Dog src=x>', '<a href=/x>', '<input placeholder=Say value=Go type=submit>', '<p hidden>',
	'<p class="notranslate">', '<div data-nimbus="hero">', '<a "=1>', '<p a=\'>', '<svg><title>t</title><p>', '<math><mi>x', '</svg>',
	'<script type="application/ld+json">{"headline": "One \\u003c", "name": "Two"}</script>', '<script><!--<script></script>',
	'<title>The title</title>', '<meta name="description" content="A description">', '<meta charset=windows-1252>', '<head>', '<body>',
	'<meta property=og:title content=Words>', '<plaintext>', '<frameset>', '<select><option>x', '<br/>', '</br>', '</p>'];
const STATUSES = ['applied', 'inserted', 'same', 'already', 'stale', 'missing', 'rejected', 'verify-failed'];

const tags = fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(name => `<${name}>`, name => `</${name}>`, name => `<${name}>Words</${name}>`))
	.map(([name, write]) => write(name));
const markup = fc.array(fc.oneof(fc.constantFrom(...PIECES), tags, fc.string({maxLength: 5})), {minLength: 1, maxLength: 40}).map(parts => parts.join(''));
const pages = fc.oneof(
	markup.map(text => Buffer.from(text)),
	markup.map(text => Buffer.from(`\ufeff${text}`)),
	markup.map(text => Buffer.from(text, 'latin1')),
	markup.map(text => Buffer.from(`\ufeff${text}`, 'utf16le')),
	fc.uint8Array({maxLength: 200}).map(bytes => Buffer.from(bytes)),
);
const answers = fc.oneof(markup, fc.string({maxLength: 20, unit: 'binary'}), fc.constantFrom('', 'Neu &lt;b&gt;', '<a1>Neu</a1>', '{{x}}'));

/** The page, or null when it is refused; any other error is the failure looked for. */
function read(data) {
	try {
		return new Page(data);
	} catch (error) {
		assert.ok(error instanceof Refuse, error);
		return null;
	}
}

function changesOf(page, every) {
	return Object.fromEntries(offered(page).filter((_, index) => index % every === 0).map(block => [block.id, `Neu Ω 😀 &lt;b&gt; ${block.content}`]));
}

function check(name, ...parts) {
	const property = parts.pop();
	test(name, () => fc.assert(fc.property(...parts, (data, ...rest) => {
		const page = read(data);
		if (page) {
			property(page, ...rest);
		}
	})));
}

check('any page rebuilt from its own content is byte-identical', pages, page => {
	assert.ok(rebuilt(page).equals(page.source.data));
});

check('any rewrite leaves every other byte', pages, fc.integer({min: 1, max: 3}), (page, every) => {
	const changes = changesOf(page, every);

	const [output, report] = apply(page.source.data, changes);

	// A control character that the page itself holds is no reason to write it again; and text before a tag that ends
	// an SVG or a formula would stand inside of it, so that the proof fails and nothing is written.
	const isForeign = /<(?:svg|math)/i.test(page.source.units);
	const allowed = ['applied', 'rejected:control', ...(isForeign ? ['verify-failed'] : [])];
	assert.deepEqual(Object.values(report).filter(status => !allowed.includes(status)), []);
	assert.ok(isKeptBeside(page, output, report));
});

check('any answer is applied or refused by name', pages, fc.array(answers, {minLength: 1, maxLength: 6}), (page, texts) => {
	const changes = {'b-0': texts[0], ...Object.fromEntries(offered(page).map((block, index) => [block.id, texts[index % texts.length]]))};

	const [output, report] = apply(page.source.data, changes, {title: texts[0], 'og:title': texts.at(-1)});

	assert.ok(Object.values(report).every(status => STATUSES.includes(status.split(':')[0])));
	const isWritten = Object.values(report).some(status => ['applied', 'inserted'].includes(status));
	assert.ok(isWritten || output.equals(page.source.data));
});

check('any rewrite made twice is made once', pages, page => {
	const changes = changesOf(page, 2);
	const [once] = apply(page.source.data, changes);

	const [twice, report] = apply(once, changes);

	assert.ok(twice.equals(once));
	assert.ok(!Object.values(report).includes('applied'));
});

test('a changed byte beside the edits is noticed', () => {
	const page = new Page(Buffer.from('<p>Hello <i>world</i></p><p>More</p>'));

	assert.ok(!isKeptBeside(page, Buffer.from('<p>Hello <i>world</i></P><p>More</p>'), {}));
	assert.ok(isKeptBeside(page, page.source.data, {}));
});
