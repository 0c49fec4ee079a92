/** Patterns for pages, as in `--only 'blog/**'`: `*` within a folder, `**` across folders, `?` one character. */

/** @param {string | string[] | undefined} patterns @returns {(relative: string) => boolean} whether a page is meant */
export function matcher(patterns) {
	const wanted = [patterns ?? []].flat().map(toPattern);
	return relative => wanted.length === 0 || wanted.some(pattern => pattern.test(relative));
}

function toPattern(glob) {
	// A folder means what is in it.
	const whole = glob.replace(/^\.?\//, '').replace(/\/$/, '/**');
	const source = whole.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, part => {
		switch (part) {
			case '**/':
				return '(?:.*/)?';
			case '**':
				return '.*';
			case '*':
				return '[^/]*';
			case '?':
				return '[^/]';
			default:
				return `\\${part}`;
		}
	});
	return new RegExp(`^${source}$`);
}
