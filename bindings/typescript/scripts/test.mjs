/**
 * Runs the tests in Node, against the package in `dist`.
 *
 *     REEEDUCTIO_BIN=target/debug/reeeductio node scripts/test.mjs [FILTER …]
 *
 * A filter is a part of the names of test files.
 */

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { runTests } from './run-tests.mjs';

const here = join(import.meta.dirname, '..');
const out = join(here, 'build', 'tests');
const filters = process.argv.slice(2);

const names = readdirSync(join(here, 'tests', 'node'))
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await build({
    absWorkingDir: here,
    bundle: true,
    entryPoints: names.map((name) => join('tests', 'node', name)),
    // The package is found by its own name, as a program finds it.
    packages: 'external',
    external: ['#embedded'],
    tsconfigRaw: {},
    // Only the tests of panics take the package apart.
    plugins: [
        {
            name: 'panics',
            setup: (b) =>
                b.onResolve({ filter: /build\/reeeductio_wasm\.js$/ }, () => ({
                    path: join(here, 'tests', 'node', 'panicking_glue.ts'),
                })),
        },
    ],
    format: 'esm',
    outdir: out,
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    sourcemap: 'inline',
    target: 'node20',
});
const files = names.map((name) => join(out, name.replace(/\.ts$/, '.mjs')));
process.exitCode = runTests(files, ['--enable-source-maps']);
