/** What a start tag means for the text in it and around it; a site's few tags are looked at once. */
import {lower, strip, terms, unescape} from './chars.js';
import {BUTTON_TYPES, INLINE, INLINE_VOID, OPAQUE, REGIONS, ROLES, SKIPPED, TEXT_ATTRIBUTES, words} from './names.js';
import {LACKING} from './tags.js';

const PLAIN_ID = /^[A-Za-z][A-Za-z0-9_-]*$/;
const ALT = words('img area input');
const PLACEHOLDER = words('input textarea');
const NO_TEXT_ATTRIBUTES = words('link meta style script title');
/** What names a picture, or says that it only decorates. */
const NAMING = ['alt', 'title', 'aria-label', 'aria-labelledby'];
const DECORATING = ['presentation', 'none'];
const PIXEL = ['0', '1'];
const FILE = /^[A-Za-z0-9._~@+()-]{1,90}\.(?:jpe?g|png|gif|webp|avif|svg|bmp)$/i;
/** A build's fingerprint, which changes while the picture stays. */
const FINGERPRINT = /[.-](?=\w*\d)(?:[0-9a-f]{4,}|\w{8,})(?=\.[a-z]+$)/gi;

/** @typedef {{region: string, isLeftAlone: boolean, mayBeAtom: boolean, isSkipped: boolean, isHero: boolean, idStep: string,
 * texts: import('./tags.js').Attribute[]}} Traits
 * `region`: the one that its element begins, "" when it stays in the one around it; `mayBeAtom`: whether its element can be
 * one piece of a run; `isSkipped`: whether text in it is; `idStep`: its id as a selector, "" when it has none that a selector
 * can name as it stands; `texts`: its attributes that visitors read. */

/** @param {import('./tags.js').Tag} tag @returns {Traits} */
export function traitsOf(tag) {
	tag.traits ??= newTraits(tag);
	return tag.traits;
}

function newTraits({kind, name, values, attributes}) {
	const isAlone = isLeftAlone(values);
	const region = name === 'head' ? 'head' : ROLES.get(lower(values.get('role') ?? '')) ?? name;
	const id = values.get('id') ?? '';
	return {
		region: REGIONS.has(region) || region === 'head' ? region : '',
		isLeftAlone: isAlone,
		mayBeAtom: INLINE_VOID.has(name) || OPAQUE.has(name) || name.includes('-') || (isAlone && INLINE.has(name)),
		isSkipped: isAlone || SKIPPED.has(name),
		isHero: terms(values.get('data-nimbus') ?? '').includes('hero'),
		idStep: PLAIN_ID.test(id) ? `#${id}` : '',
		texts: [
			...lackingOf(kind, name, values),
			...attributes.filter(attribute => attribute.quote !== null && isText(name, attribute.name, values)),
		],
	};
}

/** The place of an alternative text, behind the name of a picture that has none; `alt=""` is one. */
function lackingOf(kind, name, values) {
	if (kind !== 'start' || name !== 'img' || !values.has('src') || NAMING.some(naming => values.has(naming))) {
		return [];
	}
	const isPixel = PIXEL.includes(values.get('width')) || PIXEL.includes(values.get('height'));
	if (isPixel || DECORATING.includes(lower(values.get('role') ?? ''))) {
		return [];
	}
	const behind = '<img'.length;
	return [{name: 'alt', start: behind, valueStart: behind, valueEnd: behind, quote: LACKING}];
}

/** The name of a picture's file, which stands for the text that it lacks; "" where it tells nothing. @param {string} address */
export function fileName(address) {
	const path = address.split('#')[0].split('?')[0];
	const name = path.slice(path.lastIndexOf('/') + 1);
	return FILE.test(name) ? name.replace(FINGERPRINT, '') : '';
}

/** Whether the page asks not to touch an element, or hides it, `besides` by this attribute. @param {Map<string, string>} values */
export function isLeftAlone(values, besides = '') {
	if (values.size === 0) {
		return false;
	}
	const style = terms(values.get('style') ?? '').join('');
	return values.has('hidden')
		// Icons are often left open: then all that follows would count as hidden.
		|| (besides !== 'aria-hidden' && lower(values.get('aria-hidden') ?? '') === 'true')
		|| lower(values.get('translate') ?? '') === 'no'
		|| terms(values.get('class') ?? '').includes('notranslate')
		|| terms(values.get('data-nimbus') ?? '').includes('skip')
		|| style.includes('display:none')
		|| style.includes('visibility:hidden');
}

function isText(name, attribute, values) {
	if (NO_TEXT_ATTRIBUTES.has(name) || (name === 'input' && typeOf(values) === 'hidden')) {
		return false;
	}
	if (attribute === 'alt') {
		return ALT.has(name);
	}
	if (attribute === 'placeholder') {
		return PLACEHOLDER.has(name);
	}
	if (attribute === 'value') {
		return name === 'input' && BUTTON_TYPES.has(typeOf(values));
	}
	return TEXT_ATTRIBUTES.has(attribute);
}

function typeOf(values) {
	return lower(strip(unescape(values.get('type') ?? '', true)));
}
