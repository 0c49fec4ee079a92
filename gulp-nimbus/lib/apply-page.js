/** Applying is a pure function of (bytes, result): twice applied is once applied, and untouched bytes stay as they were. */
import {Page, Refuse, apply} from './html/index.js';

const IN_PLACE = new Set(['applied', 'inserted', 'same', 'already']);
const FIELDS = ['title', 'metaDescription'];

/**
 * @param {Buffer} bytes the page as it was built
 * @param {object} optimization of the page's result
 * @param {Page} [page] the same bytes, where they were read already
 * @returns {{bytes: Buffer, applied: string[], skipped: {target: string, reason: string}[]}}
 */
export function applyPage(bytes, optimization, encoding, page = undefined) {
	const {head = {}, blocks = []} = optimization.optimizations ?? {};
	try {
		page ??= new Page(bytes, encoding);
		const stale = staleFields(page.head.values(), head, optimization.originals ?? {});
		const wanted = Object.fromEntries(FIELDS.filter(field => isText(head[field]) && !stale.includes(field)).map(field => [field, head[field]]));
		const changes = Object.fromEntries(blocks.filter(block => isText(block.optimized_content)).map(block => [block.id, block.optimized_content]));
		const [after, report] = apply(page, changes, wanted, encoding, {ogFollows: optimization.og_follows === true});
		const statuses = Object.entries(report);
		return {
			bytes: after,
			applied: statuses.filter(([, status]) => IN_PLACE.has(status)).map(([target]) => target),
			skipped: [
				...stale.map(target => ({target, reason: 'stale'})),
				...statuses.filter(([, status]) => !IN_PLACE.has(status)).map(([target, status]) => ({target, reason: String(status)})),
			],
		};
	} catch (error) {
		if (!(error instanceof Refuse)) {
			throw error;
		}
		return {bytes, applied: [], skipped: [{target: 'page', reason: error.reason ?? error.message}]};
	}
}

const isText = value => typeof value === 'string';

/** Head texts that were changed on the page since they were uploaded: neither the original nor the approved text stands there. */
function staleFields(current, head, originals) {
	return FIELDS.filter(field => isText(head[field]))
		.filter(field => (current[field] ?? '') !== (originals[field] ?? '') && (current[field] ?? '') !== head[field]);
}
