/**
 * Read a page's dimensions (place, brand, service …) by the project's rules.
 * `optimizer/dimensions.py` is the twin and explains the rules; `spec/dimensions.json` keeps both equal.
 */

const MAX_RULES = 50;
const MAX_PATTERN = 200;
const MAX_VALUE = 200;
const MAX_REGEX_SUBJECT = 120;
const MAX_REPEATS = 4;
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;
const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_]{0,39})\}|(\*)/g;
const REGEX_PARTS = /\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\)[*+{]|[*+{]|\(\?(?!P?<[A-Za-z]|:)/gs;
const UTF8 = new TextDecoder('utf-8', {ignoreBOM: true});

const text = (rule, key) => typeof rule[key] === 'string' && rule[key] && rule[key].length <= MAX_PATTERN
	? '' : `\`${key}\` is a text of at most ${MAX_PATTERN} characters.`;
const name = rule => typeof rule.name === 'string' && NAME.test(rule.name)
	? '' : '`name` is letters, digits and `_`, such as `location`.';
const isObject = value => typeof value === 'object' && value !== null && !Array.isArray(value);
const compile = pattern => new RegExp(pattern.replaceAll(/\(\?P<(?=[A-Za-z])/g, '(?<'), 'u');

function checkUrl(rule) {
	const reason = text(rule, 'pattern');
	if (reason) {
		return reason;
	}
	if (!rule.pattern.startsWith('/')) {
		return '`pattern` starts with `/`.';
	}
	const isBusy = rule.pattern.split('/').some(part => [...part.matchAll(PLACEHOLDER)].length > MAX_REPEATS);
	return isBusy ? `\`pattern\` has at most ${MAX_REPEATS} places between two slashes.` : '';
}

function checkRegex(rule) {
	const reason = text(rule, 'pattern');
	if (reason) {
		return reason;
	}
	const parts = rule.pattern.match(REGEX_PARTS) ?? [];
	if (parts.some(part => [')*', ')+', '){', '(?'].includes(part.slice(0, 2)) || /^\\[^bBdDsSwW\W]$/.test(part))) {
		return '`pattern` has no repeated group, look-around, back reference or flag.';
	}
	if (parts.filter(part => ['*', '+', '{'].includes(part)).length > MAX_REPEATS) {
		return `\`pattern\` has at most ${MAX_REPEATS} repeats.`;
	}
	try {
		compile(rule.pattern);
	} catch {
		return '`pattern` is no regular expression.';
	}
	return /\(\?P?<[A-Za-z]/.test(rule.pattern) ? '' : '`pattern` names no group, such as `(?P<location>[^/]+)`.';
}

function checkMap(rule) {
	const isGood = isObject(rule.pages) && Object.values(rule.pages).every(entry => isObject(entry)
		&& Object.entries(entry).every(([key, value]) => NAME.test(key) && typeof value === 'string'));
	return isGood ? '' : '`pages` maps paths to dimensions, such as {"/a.html": {"location": "Berlin"}}.';
}

/** Decode percent escapes; bytes that are no UTF-8 become U+FFFD. */
function unquote(path) {
	const units = Buffer.from(path).latin1Slice().replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
	return UTF8.decode(Buffer.from(units, 'latin1'));
}

function segmentExpression(part) {
	const names = [];
	const escape = literal => literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
	let source = '';
	let at = 0;
	for (const place of part.matchAll(PLACEHOLDER)) {
		source += escape(part.slice(at, place.index)) + (place[1] ? '(.+?)' : '.*?');
		names.push(...(place[1] ? [place[1]] : []));
		at = place.index + place[0].length;
	}
	return {names, expression: new RegExp(`^(?:${source}${escape(part.slice(at))})$`, 'su')};
}

function fromUrl(rule, path) {
	const wanted = rule.pattern.split('/').filter(Boolean);
	if (wanted.at(-1) === 'index.html') {
		wanted.pop();
	}
	const given = path.split('/').filter(Boolean);
	const values = [];
	for (const [index, part] of wanted.entries()) {
		const {names, expression} = segmentExpression(part);
		const match = wanted.length === given.length && expression.exec(unquote(given[index]));
		if (!match) {
			return [];
		}
		values.push(...names.map((key, place) => [key, match[place + 1]]));
	}
	return values;
}

function fromRegex(rule, path) {
	const match = compile(rule.pattern).exec([...unquote(path)].slice(0, MAX_REGEX_SUBJECT).join(''));
	return Object.entries(match?.groups ?? {}).map(([key, value]) => [key, value ?? '']);
}

function fromData(rule, path, tags) {
	const attribute = rule.attribute.toLowerCase();
	return tags.filter(([, values]) => Object.hasOwn(values, attribute)).map(([, values]) => [rule.name, values[attribute]]);
}

function fromMeta(rule, path, tags) {
	const wanted = rule.meta.toLowerCase();
	return tags
		.filter(([tag, values]) => tag === 'meta' && [values.name, values.property].some(value => value?.toLowerCase() === wanted))
		.map(([, values]) => [rule.name, values.content ?? '']);
}

const KINDS = new Map(Object.entries({
	url: [checkUrl, fromUrl],
	regex: [checkRegex, fromRegex],
	data: [rule => text(rule, 'attribute') || name(rule), fromData],
	meta: [rule => text(rule, 'meta') || name(rule), fromMeta],
	map: [checkMap, (rule, path) => Object.entries(Object.hasOwn(rule.pages, path) ? rule.pages[path] : {})],
}));

/** Throw a TypeError for the first rule that is wrong. */
export function checkRules(rules) {
	if (!Array.isArray(rules) || rules.length > MAX_RULES) {
		throw new TypeError(`Dimension rules are a list of at most ${MAX_RULES} rules.`);
	}
	for (const [index, rule] of rules.entries()) {
		const kind = isObject(rule) ? KINDS.get(rule.type) : undefined;
		const reason = kind ? kind[0](rule) : `its \`type\` is one of ${[...KINDS.keys()].join(', ')}.`;
		if (reason) {
			throw new TypeError(`Dimension rule ${index + 1}: ${reason}`);
		}
	}
}

/** @returns {boolean} whether some rule looks into the page, not only at its address */
export const needsTags = rules => rules.some(rule => rule.type === 'data' || rule.type === 'meta');

/** The dimensions of the page at a canonical path; `tags` are its start tags as `[name, attributes]`. */
export function readDimensions(rules, path, tags = []) {
	checkRules(rules);
	const found = {};
	for (const rule of rules) {
		for (const [key, value] of KINDS.get(rule.type)[1](rule, path, tags)) {
			const clean = [...value.replace(/[ \t\n\f\r]+/g, ' ').replace(/^ | $/g, '')].slice(0, MAX_VALUE).join('').replace(/ $/, '');
			if (clean && !Object.hasOwn(found, key)) {
				found[key] = clean;
			}
		}
	}
	return found;
}
