/** Tell the server what was written, skipped and why: a few pages at a time, read from the manifest. */
const REPORT_PAGES = 1000;
const REPORT_BYTES = 1024 * 1024;

/** @param {{client: object, project: object, entries: (() => Promise<object>)[]}} what to tell */
export async function report({client, project, entries}) {
	let [pages, size] = [[], 0];
	const send = async () => {
		await client.json('POST', `/projects/${project.id}/applied`, {pages});
		[pages, size] = [[], 0];
	};
	for (const read of entries) {
		const page = told(await read());
		const length = Buffer.byteLength(JSON.stringify(page));
		await (pages.length && (pages.length >= REPORT_PAGES || size + length > REPORT_BYTES) && send());
		pages.push(page);
		size += length;
	}
	await (pages.length && send());
}

function told({page_id: page, before_hash: before, after_hash: after, applied, skipped}) {
	const short = skipped.map(({target, reason}) => ({target: target.slice(0, 80), reason: reason.slice(0, 300)}));
	return {page_id: page, before_hash: before, after_hash: after, applied, skipped: short};
}
