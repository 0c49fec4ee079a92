/**
 * A site that is built into dist/, improved by Nimbus and applied after review.
 *
 *     npm install --save-dev gulp http://127.0.0.1:8000/gulp-nimbus.tgz
 *     export NIMBUS_API_KEY=nmb_live_…
 *     npx gulp push       build, upload, and wait for the model
 *     npx gulp publish    build, and write everything that was approved so far
 */
import gulp from 'gulp';
import nimbus from 'gulp-nimbus';

const options = {
	url: process.env.NIMBUS_URL ?? 'http://127.0.0.1:8000',
	key: process.env.NIMBUS_API_KEY,
};

// `{encoding: false}`: gulp 5 decodes files otherwise, which damages what is not plain UTF-8.
export const build = () => gulp.src('src/**', {encoding: false}).pipe(gulp.dest('dist', {encoding: false}));

export const upload = () => gulp.src('dist/**/*.html', {encoding: false}).pipe(nimbus.upload({...options, tier: 'full', label: 'Example'}));
export const wait = () => nimbus.wait(options);
export const review = () => nimbus.wait({...options, for: 'review'});
export const apply = () => gulp.src('dist/**/*.html', {encoding: false})
	.pipe(nimbus.apply(options))
	.pipe(gulp.dest('dist', {encoding: false}));

export const push = gulp.series(build, upload, wait);
export const publish = gulp.series(build, apply);
