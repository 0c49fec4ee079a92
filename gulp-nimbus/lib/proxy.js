/** Which proxy a request takes, by the variables that curl and others read. */

/**
 * @param {URL} url @param {Record<string, string | undefined>} environment
 * @returns {URL | undefined} the proxy for this address
 */
export function proxyFor(url, environment) {
	const read = name => environment[name] || environment[name.toUpperCase()];
	const proxy = read(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy');
	if (!proxy || isLocal(url.hostname) || isExcepted(url, read('no_proxy') ?? '')) {
		return undefined;
	}
	return new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
}

/** The proxy without its password, to be shown. @param {URL} proxy */
export const shownProxy = proxy => `${proxy.protocol}//${proxy.host}`;

/** The header that a proxy with a password wants. @param {URL} proxy @returns {Record<string, string>} */
export function proxyHeaders(proxy) {
	if (!proxy.username) {
		return {};
	}
	const [user, password] = [proxy.username, proxy.password].map(decodeURIComponent);
	return {'proxy-authorization': `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`};
}

/** This machine is never asked for through a proxy. */
const isLocal = host => host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);

function isExcepted({hostname, port, protocol}, list) {
	const own = port || (protocol === 'https:' ? '443' : '80');
	return list.split(/[\s,]+/).filter(Boolean).some(entry => {
		const [, name, only] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase());
		const domain = name.replace(/^\*?\./, '');
		const isNamed = name === '*' || hostname === domain || hostname.endsWith(`.${domain}`);
		return isNamed && (only === undefined || only === own);
	});
}
