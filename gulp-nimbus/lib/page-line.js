/** One page as a line of an upload. */
import {Refuse} from './html/index.js';
import {AddressError} from './page-id.js';
import {pageText} from './page-source.js';
import {contentHash} from './pushed.js';

/** @returns {{id: string, hash: string, line: string} | {reason: string}} */
export function pageLine(relative, bytes, project, {encoding, sourceHtml}) {
	try {
		const extraction = project.extraction(relative, bytes, encoding);
		const id = project.pageId(relative);
		const data = {page_url: project.url(relative), source_path: relative, page_id: id, extraction};
		const most = project.limits.max_page_bytes ?? Infinity;
		// The source is for the preview only: a page that is too large with it goes without.
		const fits = text => Buffer.byteLength(text) <= most;
		const whole = sourceHtml ? JSON.stringify({...data, source_html: pageText(bytes, encoding)}) : JSON.stringify(data);
		const line = fits(whole) ? whole : JSON.stringify(data);
		return fits(line) ? {id, hash: contentHash(data), line} : {reason: `too_large: the texts of a page may have ${most} bytes`};
	} catch (error) {
		if (!(error instanceof Refuse || error instanceof AddressError)) {
			throw error;
		}
		return {reason: error.reason ?? error.message};
	}
}
