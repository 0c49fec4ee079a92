/** Open an address in the browser of the person who sits there. */
import {spawn} from 'node:child_process';
import {NimbusError} from './errors.js';

/** @returns {{command: string, args: string[]} | undefined} undefined where nobody could see it: in CI, or without a screen */
export function opener(url, {platform = process.platform, environment = process.env, isTerminal = true} = {}) {
	if (!isTerminal || environment.CI || environment.SSH_CONNECTION) {
		return undefined;
	}
	if (environment.BROWSER) {
		return {command: environment.BROWSER, args: [url]};
	}
	if (platform === 'darwin') {
		return {command: 'open', args: [url]};
	}
	if (platform === 'win32') {
		// No shell in between: an `&` in the address is no second command.
		return {command: 'rundll32', args: ['url.dll,FileProtocolHandler', url]};
	}
	return environment.DISPLAY || environment.WAYLAND_DISPLAY ? {command: 'xdg-open', args: [url]} : undefined;
}

/** @returns {Promise<boolean>} whether a browser was started */
export async function openBrowser(url, options) {
	if (!/^https?:\/\/[^\s"'\\]+$/.test(url)) {
		throw new NimbusError('The server named an address that is none of the web.', {code: 'bad_answer'});
	}
	const found = opener(url, options);
	if (!found) {
		return false;
	}
	return new Promise(resolve => {
		const child = spawn(found.command, found.args, {detached: true, stdio: 'ignore'});
		child.once('error', () => resolve(false));
		child.once('spawn', () => {
			child.unref();
			resolve(true);
		});
	});
}
