/**
 * Runs the tests that need a browser and what apps are built with, against the package in `dist`.
 *
 *     node scripts/test-apps.mjs browser      the client in a page and in a worker, and the example
 *     node scripts/test-apps.mjs packaging    what `npm pack` makes, in projects of Vite, webpack, esbuild, Node and TypeScript
 *
 * REEEDUCTIO_BIN        the server to test with: the `reeeductio` binary
 * REEEDUCTIO_CHROMIUM   the browser; by default `chromium` on the PATH
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTests } from './run-tests.mjs';

const SUITES = {
  browser: ['example', 'in_page', 'in_worker', 'notepad', 'policy', 'tokens'].map((name) => `tests/browser/${name}.test.mjs`),
  packaging: ['tests/packaging/index.test.mjs'],
};

const here = join(import.meta.dirname, '..');
const asked = process.argv.slice(2);
const unknown = asked.filter((suite) => !(suite in SUITES));
if (asked.length === 0 || unknown.length > 0) fail(`which tests? ${Object.keys(SUITES).join(', ')}`);
if (!process.env.REEEDUCTIO_BIN) fail('REEEDUCTIO_BIN must name the reeeductio binary to test with');
if (!existsSync(join(here, 'dist'))) fail('there is no dist: node scripts/build.mjs makes it');

installOnce(join(here, 'tests', 'packaging'));
const files = asked.flatMap((suite) => SUITES[suite]);
process.exitCode = runTests(files, ['--test-reporter=spec']);

/** Installs what the lock file names, unless that is what was installed last. */
function installOnce(folder) {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const last = join(folder, 'node_modules', '.installed-lock.json');
  if (existsSync(last) && readFileSync(last, 'utf8') === lock) return;
  const { status } = spawnSync('npm', ['ci', '--prefer-offline'], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) fail('the tools cannot be installed');
  writeFileSync(last, lock);
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
