/**
 * `upload` and `apply` for gulp. With `dir` they work on that folder and return a promise: a whole task.
 * Without it they are a stream: files go through, and other files than HTML pass untouched.
 */
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {Transform} from 'node:stream';
import {Application, applyFolder, describeApply} from './apply-site.js';
import {readConfig} from './config.js';
import {isHtml} from './files.js';
import {matcher} from './glob.js';
import {Upload, describeUpload, uploadFolder} from './upload.js';

const NAME = 'gulp-nimbus';
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Upload the pages as a new batch; every file passes unchanged. */
export function upload(options = {}) {
	const config = readConfig(options);
	if (options.dir !== undefined) {
		return uploadFolder(config).then(result => say(config, describeUpload(result, config.dryRun), result));
	}
	return pageStream(config, {
		open: () => new Upload(config).start(),
		async page(run, file, bytes) {
			await run.add(nameOf(file, config), bytes);
		},
		async close(run) {
			say(config, describeUpload(await run.finish(), config.dryRun));
		},
		abandon: (run, error) => run.abandon(error),
	});
}

/** Write the approved texts into the pages; pages without one pass unchanged. */
export function apply(options = {}) {
	const config = readConfig(options);
	if (options.dir !== undefined) {
		return applyFolder(config).then(result => say(config, describeApply(result, config), result));
	}
	let root = config.root;
	return pageStream(config, {
		open: () => new Application(config).start(),
		async page(run, file, bytes) {
			root = rootOf(file, config);
			const after = await run.page(nameOf(file, config), bytes);
			if (!config.dryRun && !after.equals(file.contents)) {
				file.contents = after;
			}
		},
		async close(run) {
			say(config, describeApply(await run.finish(root), config));
		},
		abandon: run => run.abandon(),
	});
}

function say(config, line, result) {
	config.log(`nimbus: ${line}`);
	return result;
}

/** The folder a page belongs to: the site's, whatever part of it the glob chose; else what gulp says. */
function rootOf(file, config) {
	const relative = path.relative(config.root, file.path);
	return relative.startsWith('..') || path.isAbsolute(relative) ? file.base : config.root;
}

const nameOf = (file, config) => path.relative(rootOf(file, config), file.path).replaceAll('\\', '/');

/** A stream of files that hands each HTML page to `steps.page` and ends with `steps.close`. */
function pageStream(config, steps) {
	const isMeant = matcher(config.only);
	let run;
	let isWarned = false;
	const warn = file => {
		if (!isWarned) {
			config.log(`nimbus: gulp changed the bytes of ${file.relative} while reading it. Write gulp.src(…, {encoding: false}) and gulp.dest(…, {encoding: false}).`);
		}
		isWarned = true;
	};
	return new Transform({
		objectMode: true,
		async transform(file, _, done) {
			try {
				if (file.isNull() || !isHtml(file.path) || !isMeant(nameOf(file, config))) {
					return done(null, file);
				}
				if (file.isStream()) {
					throw new Error('Streams are not supported. Write gulp.src(…, {encoding: false}), without `buffer: false`.');
				}
				run ??= await steps.open();
				await steps.page(run, file, await builtBytes(file, warn));
				done(null, file);
			} catch (error) {
				await (run && steps.abandon?.(run, error));
				done(pluginError(error, file));
			}
		},
		async flush(done) {
			try {
				await (run && steps.close(run));
				done();
			} catch (error) {
				await (run && steps.abandon?.(run, error));
				done(pluginError(error));
			}
		},
	});
}

/** What the build wrote. gulp 5 decodes files unless told not to, which drops marks and breaks what is no UTF-8. */
async function builtBytes(file, warn) {
	const disk = await readFile(file.history?.[0] ?? file.path).catch(() => undefined);
	if (!disk || disk.equals(file.contents)) {
		return file.contents;
	}
	const decoded = Buffer.from(disk.toString('utf8'));
	const isDecoded = [decoded, decoded.subarray(0, 3).equals(MARK) ? decoded.subarray(3) : decoded].some(bytes => bytes.equals(file.contents));
	if (isDecoded) {
		warn(file);
		return disk;
	}
	// An earlier plugin made this page.
	return file.contents;
}

/** The shape gulp prints well, without a dependency for it. */
function pluginError(error, file) {
	return Object.assign(error, {plugin: NAME, showStack: false, ...(file ? {fileName: file.path} : {})});
}
