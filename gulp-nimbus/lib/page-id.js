/** What makes two addresses the same page. `batches/page_ids.py` is its twin; `spec/urls.json` keeps both equal. */
import {createHash} from 'node:crypto';
import {domainToASCII} from 'node:url';

const MAX_PATH = 2000;
const DEFAULT_PORTS = {http: '80', https: '443'};
const KEPT = /^[A-Za-z0-9\-._~!$&'()*+,;=:@]$/;
const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/\\?#]*)([^]*)$/;
const AUTHORITY = /^(\[[0-9A-Fa-f:.]{2,45}\]|[^:@[\]]+)(?::([0-9]{0,5}))?$/;
const ASCII_HOST = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
const CONTROL = /[\u0000-\u001f\u007f]/;
/** An address that no page has; the message says why. */
export class AddressError extends TypeError {}

const UTF8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

/** The host a project is known by, from `Example.com`, `https://example.com/` or `example.com:8080`. */
export function canonicalDomain(domain) {
	const text = domain.trim();
	const absolute = ABSOLUTE.exec(text);
	return absolute ? readAuthority(absolute[1].toLowerCase(), absolute[2]) : readAuthority('https', text.replace(/\/+$/, ''));
}

/** @returns {{domain: string, path: string}} of an absolute URL, or of a path on `domain` that starts with one slash */
export function canonical(url, domain) {
	const text = url.replace(/^ +| +$/g, '');
	if (CONTROL.test(text) || !text.isWellFormed()) {
		throw new AddressError('The page URL holds control characters. Send it percent-encoded.');
	}
	const absolute = ABSOLUTE.exec(text);
	if (absolute) {
		return {domain: readAuthority(absolute[1].toLowerCase(), absolute[2]), path: readPath(absolute[3])};
	}
	if (!/^\/(?![/\\])/.test(text)) {
		throw new AddressError('A page URL is absolute, or a path that starts with one slash, such as `/about.html`.');
	}
	return {domain: canonicalDomain(domain), path: readPath(text)};
}

/** The id of a page; `domain` and `path` are canonical. */
export function pageId(projectId, domain, path) {
	const hash = createHash('sha256');
	for (const part of [projectId, domain, path]) {
		hash.update(`${Buffer.byteLength(part)}:${part}`);
	}
	return `page_${hash.digest('hex').slice(0, 24)}`;
}

function readAuthority(scheme, authority) {
	if (!Object.hasOwn(DEFAULT_PORTS, scheme)) {
		throw new AddressError('A page URL starts with `https://` or `http://`.');
	}
	const match = AUTHORITY.exec(authority);
	if (!match) {
		throw new AddressError(`\`${authority}\` is no host name. Give one such as \`www.example.com\`.`);
	}
	const host = readHost(match[1]);
	const port = (match[2] ?? '').replace(/^0+/, '');
	return port === '' || port === DEFAULT_PORTS[scheme] ? host : `${host}:${port}`;
}

function readHost(host) {
	if (host.startsWith('[')) {
		return host.toLowerCase();
	}
	const name = (/^[\u0000-\u007f]*$/.test(host) ? host.toLowerCase() : domainToASCII(host)).replace(/\.$/, '');
	if (!ASCII_HOST.test(name) || name.length > 240) {
		throw new AddressError(`\`${host}\` is no host name. Give one such as \`www.example.com\`.`);
	}
	return name;
}

function readPath(text) {
	const segments = [];
	for (const raw of text.split(/[?#]/, 1)[0].replaceAll('\\', '/').split('/')) {
		const segment = readSegment(raw);
		if (segment === '..') {
			segments.pop();
		} else if (segment !== '' && segment !== '.') {
			segments.push(segment);
		}
	}
	while (segments.at(-1) === 'index.html') {
		segments.pop();
	}
	// `/about`, `/about/` and `/about/index.html` are one page, so no path but the root ends in a slash.
	const path = `/${segments.join('/')}`;
	if (path.length > MAX_PATH) {
		throw new AddressError(`The path of a page is at most ${MAX_PATH.toLocaleString('en')} characters.`);
	}
	return path;
}

/** Decode once and encode again, so that each name has one spelling; an escaped slash stays escaped. */
function readSegment(raw) {
	let bytes = Buffer.from(raw);
	if (raw.includes('%')) {
		const units = bytes.latin1Slice().replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
		bytes = Buffer.from(units, 'latin1');
	}
	try {
		bytes = Buffer.from(UTF8.decode(bytes).normalize('NFC'));
	} catch {
		// What is no UTF-8 is an old server's latin-1 name: its bytes are the name.
	}
	let segment = '';
	for (const byte of bytes) {
		const character = String.fromCharCode(byte);
		segment += KEPT.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
	}
	return segment;
}
