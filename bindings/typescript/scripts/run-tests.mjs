/**
 * Runs test files with Node, as many at a time as there are cores. Node itself leaves one core unused: on a machine with two, half of it.
 *
 *     node scripts/run-tests.mjs FILE …
 */

import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/**
 * Runs test files, each in a process of its own.
 *
 * @param {string[]} files
 * @param {string[]} options More options of `node`.
 * @returns {number} What Node ends with: 0 if every test has passed.
 */
export function runTests(files, options = []) {
  // Without files Node would look for some by itself.
  if (files.length === 0) throw new Error('no test files are named');
  const { status } = spawnSync(process.execPath, ['--test', `--test-concurrency=${availableParallelism()}`, ...options, ...files], {
    cwd: join(import.meta.dirname, '..'),
    stdio: 'inherit',
  });
  return status ?? 1;
}

if (realpathSync(process.argv[1]) === import.meta.filename) process.exitCode = runTests(process.argv.slice(2));
