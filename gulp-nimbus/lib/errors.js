/** The exit codes of the CLI; they stay as they are. `docs/plugin.md`, the package's README and `--help` explain them. */
export const EXIT = Object.freeze({
	ok: 0, failed: 1, usage: 2, auth: 3, batchFailed: 4, reviewPending: 5, unavailable: 6, timeout: 7, skipped: 8,
	drift: 9, budget: 10, rateLimited: 11, interrupted: 130,
});

/** What each code means, for `--help`. */
export const MEANINGS = Object.freeze([
	[EXIT.ok, 'done'],
	[EXIT.failed, 'it failed; the message says why'],
	[EXIT.usage, 'wrong use: an option, the configuration, a missing key or folder'],
	[EXIT.auth, 'the key is unknown, or may not do this'],
	[EXIT.batchFailed, 'the batch failed or was cancelled'],
	[EXIT.reviewPending, 'changes still wait for review'],
	[EXIT.unavailable, 'the server is busy or cannot be reached, after seven tries'],
	[EXIT.timeout, 'the time is up and the batch is not final'],
	[EXIT.skipped, 'with --strict: something was left out or skipped'],
	[EXIT.drift, 'with --frozen: the build, the lock and the server do not fit together'],
	[EXIT.budget, 'the budget does not reach: the batch is paused, or its estimate does not fit'],
	[EXIT.rateLimited, 'too many requests, after seven tries'],
	[EXIT.interrupted, 'stopped by Ctrl-C; the same command goes on'],
]);

/** An error whose message tells the user what to do next. */
export class NimbusError extends Error {
	/** @param {string} message @param {{code?: string, exit?: number, status?: number, cause?: unknown, data?: object}} [more] */
	constructor(message, {code = 'error', exit = EXIT.failed, status, cause, data} = {}) {
		super(message, cause === undefined ? undefined : {cause});
		this.name = 'NimbusError';
		this.code = code;
		this.exit = exit;
		this.status = status;
		this.data = data;
	}
}

export const usageError = (message, cause) => new NimbusError(message, {code: 'usage', exit: EXIT.usage, cause});

/** Throw where the user pressed Ctrl-C. @param {{signal?: AbortSignal}} config */
export function checkInterrupt({signal}) {
	if (signal?.aborted) {
		throw interrupted();
	}
}

export const interrupted = () => new NimbusError('Stopped. Run the same command again to go on.', {code: 'interrupted', exit: EXIT.interrupted});
