/**
 * Which changes a page already carries, where equal blocks make an id alone ambiguous.
 * Once the first of two equal blocks is rewritten, the second one takes over its id. So the changes of equal blocks are
 * judged together: if the page shows, in order, what they would leave behind, they were made before.
 */

/** @typedef {import('./blocks.js').Block} Block */

/** The id of the first of its equals, and which of them it is, from 1. @returns {[string, number]} */
export function splitId(id) {
	const [stem, ...rest] = id.slice(2).split('-');
	const number = rest.join('-');
	return [`b-${stem}`, /^[0-9]{1,7}$/.test(number) ? Number(number) : 1];
}

/**
 * The ids of `wanted` (id to new content) whose change must not be made again.
 * @param {Block[]} blocks
 * @param {Map<string, string>} wanted
 * @returns {Set<string>}
 */
export function alreadyWritten(blocks, wanted) {
	const places = new Map();
	const first = new Map();
	blocks.forEach((block, order) => {
		push(places, placeKey(block.attr, block.content), order);
		// The first of its equals has an id without a number.
		first.set(block.id, first.get(block.id) ?? block);
	});
	/** @type {Map<string, Map<number, string>>} */
	const groups = new Map();
	for (const [id, content] of wanted) {
		const [stem, number] = splitId(id);
		groups.set(stem, (groups.get(stem) ?? new Map()).set(number, content));
	}
	const done = [...groups.keys()].filter(stem => !first.has(stem) || shows(first.get(stem), groups.get(stem), places));
	const seen = followers(done, groups, first);
	return new Set([...wanted.keys()].filter(id => seen.has(splitId(id)[0])));
}

/** What a change that is done left behind is not the block another change was meant for. */
function followers(done, groups, first) {
	const byContent = new Map([...groups.keys()].filter(stem => first.has(stem)).map(stem => [first.get(stem).content, stem]));
	const seen = new Set(done);
	while (done.length) {
		for (const content of groups.get(done.pop()).values()) {
			const follower = byContent.get(content);
			if (follower !== undefined && !seen.has(follower)) {
				seen.add(follower);
				done.push(follower);
			}
		}
	}
	return seen;
}

/** Whether the nth of old and new texts together is the nth new text, for each n. */
function shows(block, news, places) {
	const merged = new Map(places.get(placeKey(block.attr, block.content)).map(order => [order, block.content]));
	for (const content of new Set(news.values())) {
		for (const order of places.get(placeKey(block.attr, content)) ?? []) {
			merged.set(order, content);
		}
	}
	const texts = [...merged].sort(([one], [other]) => one - other).map(([, content]) => content);
	return [...news].every(([number, content]) => number <= texts.length && texts.at(number - 1) === content);
}

function placeKey(attr, content) {
	return `${attr}\0${content}`;
}

function push(lists, key, value) {
	const list = lists.get(key);
	if (list) {
		list.push(value);
	} else {
		lists.set(key, [value]);
	}
}
