/** What each command does; every one answers its summary line, the data for `--json`, and what the exit code depends on. */
import path from 'node:path';
import {applyFolder, describeApply} from './apply-site.js';
import {openBrowser} from './browser.js';
import {describeCheckup, examine} from './doctor.js';
import {EXIT} from './errors.js';
import {describeEstimate, estimateFolder} from './estimate.js';
import {describeInit, initFolder, nobody} from './init.js';
import {compareLock, pullFolder} from './lock-site.js';
import {Manifest} from './manifest.js';
import {ask} from './prompt.js';
import {describeUndo, undoFolder} from './undo.js';
import {describeUpload, uploadFolder} from './upload.js';
import {checkBatch, describeBatch, loadBatch, waitForBatch} from './wait.js';

const batchAnswer = batch => ({line: describeBatch(batch), data: batch});

/** @type {Record<string, (config: object, terminal: object) => Promise<{line: string, data: object, left?: number, exit?: number}>>} */
export const COMMANDS = {
	async init(config, {stdin, stderr}) {
		const askKey = stdin ? () => ask('Paste an API key of the project: ', {input: stdin, output: stderr, isSecret: true}) : nobody;
		const result = await initFolder(config, {given: config.given, askKey});
		return {line: describeInit(result, config), data: result};
	},
	async doctor(config) {
		const {checks, exit} = await examine(config);
		return {line: describeCheckup({checks}), data: {checks}, exit};
	},
	async push(config) {
		const result = await uploadFolder(config);
		return {line: describeUpload(result, config.dryRun), data: result, left: result.left_out};
	},
	async estimate(config) {
		const result = await estimateFolder(config);
		const exit = result.estimate?.fits === false ? EXIT.budget : undefined;
		return {line: describeEstimate(result), data: result, left: result.upload.left_out, exit};
	},
	async status(config) {
		const batch = await loadBatch(config);
		checkBatch(config, batch);
		return batchAnswer(batch);
	},
	async wait(config) {
		return batchAnswer(await waitForBatch(config));
	},
	async review(config, {isTerminal}) {
		const batch = await loadBatch(config);
		const url = `${batch.dashboard_url}/review`;
		const isOpened = !config.dryRun && await openBrowser(url, {environment: config.environment, isTerminal});
		return {line: `${batch.review.pending} of ${batch.review.changes} changes wait for review · ${url}`, data: {url, opened: isOpened, review: batch.review}};
	},
	async pull(config) {
		const {isLocked, ...result} = config.frozen ? {...await compareLock(config), isLocked: true} : await pullFolder(config);
		const lock = isLocked ? ' · nimbus.lock holds them' : result.locked ? ` · nimbus.lock holds ${result.locked} pages` : '';
		return {line: `${result.pages} pages with approved text · ${result.file}${lock}`, data: result};
	},
	async apply(config) {
		const result = await applyFolder(config);
		return {line: describeApply(result, config), data: result, left: result.left_out};
	},
	async undo(config) {
		const result = await undoFolder(await appliedFolder(config));
		return {line: describeUndo(result, config.dryRun), data: result, left: result.skipped.length};
	},
};

/** Without a folder, `undo` works on the one that was applied to last. */
async function appliedFolder(config) {
	const manifest = await Manifest.load(config.state);
	await manifest.close();
	return config.given.dir !== undefined || !manifest.dir ? config : Object.assign(config, {root: path.resolve(config.cwd, manifest.dir)});
}
