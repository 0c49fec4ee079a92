/** The exit codes of the CLI; `README.md` explains them. */
export const EXIT = Object.freeze({
	ok: 0, failed: 1, usage: 2, auth: 3, batchFailed: 4, reviewPending: 5, unavailable: 6, timeout: 7, skipped: 8,
});

/** An error whose message tells the user what to do next. */
export class NimbusError extends Error {
	/** @param {string} message @param {{code?: string, exit?: number, status?: number, cause?: unknown}} [more] */
	constructor(message, {code = 'error', exit = EXIT.failed, status, cause} = {}) {
		super(message, cause === undefined ? undefined : {cause});
		this.name = 'NimbusError';
		this.code = code;
		this.exit = exit;
		this.status = status;
	}
}
