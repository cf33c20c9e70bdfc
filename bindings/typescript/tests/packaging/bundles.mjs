/** What bundlers take in for a page: each entry brings what it is for, and the main one nothing of the others. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { build } from 'esbuild';
import { project } from './rig/project.mjs';

/** What a bundle for browsers has left to import, of each entry. */
const LEFT = {
  reeeductio: [],
  'reeeductio/react': ['react'],
  'reeeductio/node': ['node:crypto', 'node:fs/promises', 'node:os', 'node:path'],
};
/** Marks that stay in scripts that were made small. */
const MARKS = {
  'an import of Node': /["'`]node:/,
  // Vite has it in place of modules of Node.
  'a module of Node that was left out': /browser-external|externalized for browser/,
  React: /Symbol\.for\(["'`]react\./,
};

describe('bundles', () => {
  for (const [entry, left] of Object.entries(LEFT)) {
    test(`esbuild's of ${entry} import ${left.join(', ') || 'nothing'}`, async () => {
      const { root } = await project('vite');
      const { metafile } = await build({
        stdin: { contents: `export * from '${entry}';`, resolveDir: root },
        absWorkingDir: root,
        bundle: true,
        external: ['node:*', 'react'],
        format: 'esm',
        metafile: true,
        outdir: 'out',
        platform: 'browser',
        write: false,
      });
      const outputs = Object.values(metafile.outputs);
      const imported = outputs.flatMap(({ imports }) => imports.filter(({ external }) => external));
      assert.deepEqual([...new Set(imported.map(({ path }) => path))].sort(), left);
    });
  }

  /** Which marks there are in what Vite builds. */
  async function marks(name) {
    const { root, node } = await project(name);
    await node('node_modules/vite/bin/vite.js', 'build');
    const folder = join(root, 'dist', 'assets');
    const scripts = readdirSync(folder).filter((file) => file.endsWith('.js'));
    const text = scripts.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
    return Object.keys(MARKS).filter((mark) => MARKS[mark].test(text));
  }

  test('Vite takes in neither React nor anything of Node for a page without them', async () => {
    assert.deepEqual(await marks('vite'), []);
  });

  test('Vite takes in React for a page with it, and nothing of Node', async () => {
    assert.deepEqual(await marks('react'), ['React']);
  });
});
