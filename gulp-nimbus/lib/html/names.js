/** Element names by what they mean for text blocks; both languages hold the same lists. */
export function words(text) {
	return new Set(text.split(/\s+/).filter(Boolean));
}

export const VOID = words('area base br col embed hr img input link meta param source track wbr');
// Inline pairs stay inside a run of text.
export const INLINE = words(
	'a abbr acronym b bdi bdo big cite data del dfn em font i ins mark nobr q rb rp rt ruby s small span '
		+ 'strike strong sub sup time tt u'
);
// Inline elements that are one piece of their own: nothing in them is text of the block.
export const INLINE_VOID = words('br wbr img input meta link embed');
export const OPAQUE = words(
	'svg math script style noscript iframe object video audio canvas select textarea template picture map '
		+ 'title noembed noframes code kbd samp var'
);
// An opaque pair of these with a block border inside is no pair.
export const PHRASE = words('code kbd samp var');
// Atoms that keep their own name in content; every other atom is `x`.
export const NAMED_ATOMS = words('br wbr img input code kbd samp var');
export const SKIPPED = words('pre listing xmp plaintext datalist');
// Images in these still carry their alt text.
export const WITH_IMAGES = words('picture map');
export const HEAD_ONLY = words('base basefont bgsound link meta title script style noscript noframes template html head');

export const CLOSES_P = words(
	'address article aside blockquote center details dialog dir div dl dd dt fieldset figcaption figure '
		+ 'footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p pre search section '
		+ 'summary table ul xmp'
);
// A start tag ends these when they are innermost, as browsers imply their end tags.
export const IMPLIED_ENDS = new Map([
	['li', words('li')],
	['dt', words('dt dd')],
	['dd', words('dt dd')],
	['tr', words('tr td th')],
	['td', words('td th')],
	['th', words('td th')],
	['tbody', words('tr td th tbody thead tfoot')],
	['thead', words('tr td th tbody thead tfoot')],
	['tfoot', words('tr td th tbody thead tfoot')],
	['option', words('option')],
	['optgroup', words('option optgroup')],
]);

export const BREAKOUT = words(
	'b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li '
		+ 'listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var'
);
export const SVG_POINTS = words('desc title foreignobject');
export const MATH_POINTS = words('mi mo mn ms mtext annotation-xml');
export const HTML_ANNOTATIONS = words('text/html application/xhtml+xml');
export const SELECT_ENDERS = words('input keygen textarea');
// Raw text that browsers read differently inside a select or after a frameset.
export const DOUBTFUL = words('title style iframe xmp noembed noframes noscript plaintext');

export const ROLES = new Map([
	['navigation', 'nav'],
	['banner', 'header'],
	['main', 'main'],
	['complementary', 'aside'],
	['contentinfo', 'footer'],
]);
export const REGIONS = words('nav main aside header footer');
// A header or footer inside these belongs to them, not to the page.
export const SECTIONS = words('main article section');
export const TEXT_ATTRIBUTES = words('alt title aria-label placeholder');
export const BUTTON_TYPES = words('submit button reset');
