/** Never run, only checked: what a gulpfile in TypeScript may and may not write. */
import gulp from 'gulp';
import nimbus, {apply, upload, wait} from 'gulp-nimbus';
import type {ApplyResult, Batch, UploadResult} from 'gulp-nimbus';

const options = {project: 'proj_0123456789ab', key: process.env.NIMBUS_API_KEY, only: ['blog/**'], log: (line: string) => console.log(line)};

export const push = () => gulp.src('dist/**/*.html', {encoding: false}).pipe(upload({...options, tier: 'full', dimensions: [{type: 'url', pattern: '/{place}.html'}]}));
export const folder: Promise<UploadResult> = nimbus.upload({...options, dir: 'dist', all: true, parallel: 2});
export const waiting: Promise<Batch> = wait({...options, for: 'review', timeout: 60});
export const write: Promise<ApplyResult> = nimbus.apply({...options, dir: 'dist', frozen: true});
export const stream = () => gulp.src('dist/**/*.html', {encoding: false}).pipe(apply({frozen: true})).pipe(gulp.dest('dist', {encoding: false}));

// @ts-expect-error an option that is misspelled
upload({teir: 'full'});
// @ts-expect-error a tier that there is not
upload({tier: 'everything'});
// @ts-expect-error an option of another task
wait({frozen: true});
