import gulp from 'gulp';
import nimbus from 'gulp-nimbus';

const pages = () => gulp.src('dist/**/*.html', {encoding: false});

export const build = () => gulp.src('src/**', {encoding: false}).pipe(gulp.dest('dist', {encoding: false}));
export const upload = () => pages().pipe(nimbus.upload());
export const wait = () => nimbus.wait({for: 'results'});
export const apply = () => pages().pipe(nimbus.apply()).pipe(gulp.dest('dist', {encoding: false}));
// In CI: nothing is asked for, and a page that was not reviewed fails the build.
export const frozen = () => pages().pipe(nimbus.apply({frozen: true})).pipe(gulp.dest('dist', {encoding: false}));

export const push = gulp.series(build, upload, wait);
export const publish = gulp.series(build, frozen);
