/**
 * Runs test files with Node, as many at a time as there are cores. Node itself would leave one core alone, which of two is half.
 *
 *     node scripts/run-tests.mjs FILE …
 */

import { spawnSync } from 'node:child_process';
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
  const { status } = spawnSync(process.execPath, ['--test', `--test-concurrency=${availableParallelism()}`, ...options, ...files], {
    cwd: join(import.meta.dirname, '..'),
    stdio: 'inherit',
  });
  return status ?? 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = runTests(process.argv.slice(2));
