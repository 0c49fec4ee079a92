/** Where text ends in which tags mean nothing: that of title, script and the like. */

const SCRIPT_MARK = /<!--|-->|<\/?script(?=[\t\n\f\r />])/gi;

/** Where the text from `at` on ends: at the end tag that fits, or with the file. @returns {number} */
export function rawEnd(units, at, mode, lastTag) {
	if (mode === 'script') {
		return scriptEnd(units, at);
	}
	if (mode === 'plaintext' || !lastTag) {
		return units.length;
	}
	const close = new RegExp(`</${lastTag}(?=[\\t\\n\\f\\r />])`, 'gi');
	close.lastIndex = at;
	return close.exec(units)?.index ?? units.length;
}

/** The `</script` that ends a script, with the two levels of `<!-- <script>` escapes. */
function scriptEnd(units, at) {
	let level = 0;
	let found;
	SCRIPT_MARK.lastIndex = at;
	while ((found = SCRIPT_MARK.exec(units))) {
		const mark = found[0].toLowerCase();
		if (mark === '<!--') {
			level ||= 1;
			// `<!-->` opens and closes at once: its dashes count for both.
			SCRIPT_MARK.lastIndex -= 2;
		} else if (mark === '-->') {
			level = 0;
		} else if (mark === '<script') {
			level = level === 1 ? 2 : level;
		} else if (level === 2) {
			level = 1;
		} else {
			return found.index;
		}
	}
	return units.length;
}
