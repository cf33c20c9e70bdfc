/** Files of the package, and their size. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { installed } from './rig/project.mjs';

/** Bytes: what somebody downloads who installs the package. */
const BUDGET = 2 * 1024 * 1024;

describe('contents', () => {
  let pack;
  let read;

  before(async () => {
    const { pack: made, modules } = await installed();
    pack = made;
    read = (path) => readFileSync(join(modules, 'reeeductio', path), 'utf8');
  });

  test('it says how large it is, and is no larger than we promise', (t) => {
    t.diagnostic(`${pack.files.length} files, ${pack.size} bytes packed, ${pack.unpackedSize} unpacked`);
    assert.ok(pack.size <= BUDGET, `${pack.size} bytes are more than ${BUDGET}`);
  });

  test('it holds what is run, its types, the licences and the page, and nothing else', () => {
    const paths = pack.files.map((file) => file.path);
    const expected = ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'package.json', 'dist/reeeductio.wasm'];
    assert.deepEqual(expected.filter((path) => !paths.includes(path)), []);
    const rest = paths.filter((path) => !expected.includes(path));
    assert.deepEqual(rest.filter((path) => !/^dist\/(esm|cjs)\/([\w/-]+\.(js|d\.ts)|package\.json)$/.test(path)), []);
  });

  test('every file that package.json names is there', () => {
    const paths = new Set(pack.files.map((file) => `./${file.path}`));
    const named = (value) => (typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(named));
    const { exports, main, module, types } = JSON.parse(read('package.json'));
    assert.deepEqual(named([exports, main, module, types]).filter((path) => !paths.has(path)), []);
  });

  test('declarations import only what is in the package', () => {
    for (const { path } of pack.files.filter((file) => file.path.endsWith('.d.ts'))) {
      for (const [, name] of read(path).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
        const declared = join(path, '..', name).replace(/\.js$/, '.d.ts');
        assert.ok(pack.files.some((file) => file.path === declared), `${path} imports ${name}, which is not there`);
      }
    }
  });

  test('scripts can be read where they fail: no line is a file', () => {
    for (const { path } of pack.files.filter((file) => /\.js$/.test(file.path) && !file.path.endsWith('embedded.js'))) {
      const longest = Math.max(...read(path).split('\n').map((line) => line.length));
      assert.ok(longest < 1000, `${path} has a line of ${longest} characters`);
    }
  });

  test('nothing says where it was built', () => {
    const home = join(import.meta.dirname, '..', '..', '..', '..');
    for (const { path } of pack.files) assert.ok(!read(path).includes(home), `${path} names ${home}`);
  });
});
