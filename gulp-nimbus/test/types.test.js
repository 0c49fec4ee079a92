import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {test} from 'node:test';
import {CONFIG_OPTIONS} from '../lib/config.js';

const HERE = path.dirname(fileURLToPath(import.meta.url));

/** @param {string[]} args @returns {string} what the compiler finds wrong */
function tsc(...args) {
	const compiler = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
	const {status, stdout, stderr} = spawnSync(process.execPath, [compiler, ...args], {encoding: 'utf8', cwd: path.join(HERE, '..')});
	return status === 0 ? '' : stdout + stderr;
}

test('a gulpfile in TypeScript is checked as it should be', () => {
	assert.equal(tsc('--project', 'test/types'), '');
});

test('the types are right in themselves', () => {
	assert.equal(tsc('--noEmit', '--strict', '--module', 'nodenext', '--types', 'node', 'index.d.ts'), '');
});

test('the types know every option', () => {
	const types = readFileSync(path.join(HERE, '../index.d.ts'), 'utf8');

	assert.deepEqual(CONFIG_OPTIONS.filter(name => !new RegExp(`^\\t${name}\\??:|\\{dir: string\\}`, 'm').test(types)), []);
});
