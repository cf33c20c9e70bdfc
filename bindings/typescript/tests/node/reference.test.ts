/** The reference page: it has every export of every entry, whole. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { declarationsOf, fileDoc, subjectOf, written } from '../../scripts/declarations.mjs';
import { packageFolder } from './places.js';

const page = readFileSync(packageFolder('..', '..', 'docs', 'reference', 'typescript.md'), 'utf8');
/** The part of the page below each export's heading. */
const parts = new Map(page.split(/^### /m).slice(1).map((part) => [/^`(\w+)`/.exec(part)?.[1], part]));

test('the page is that of the declarations', () => {
  execFileSync(process.execPath, [packageFolder('scripts', 'reference.mjs'), '--check'], { stdio: 'pipe' });
});

test('every value that an entry exports is on the page, with all that it has when a program runs', async () => {
  for (const entry of ['reeeductio', 'reeeductio/node', 'reeeductio/react', 'reeeductio/vault']) {
    if (entry !== 'reeeductio') assert.ok(page.includes(`\n## \`${entry}\`\n`), entry);
    for (const [name, value] of Object.entries((await import(entry)) as Record<string, unknown>)) {
      const part = parts.get(name);
      assert.ok(part, `${entry}: ${name}`);
      if (typeof value !== 'function' || !/^class\b/.test(String(value)) || part.includes('\ntype ')) continue;
      const own = [...Object.getOwnPropertyNames(value.prototype), ...Object.getOwnPropertyNames(value)];
      for (const member of own.filter((each) => !['constructor', 'length', 'name', 'prototype'].includes(each))) {
        assert.match(part, new RegExp(`^(?:static |get |readonly )*${member}\\b`, 'm'), `${entry}: ${name}.${member}`);
      }
    }
  }
});

test('what can be made is listed with what it takes', () => {
  assert.match(parts.get('Space') ?? '', /^constructor\(options: SpaceOptions\)$/m);
  assert.match(parts.get('IndexedDBStore') ?? '', /^constructor\(options\?: IndexedDBStoreOptions\)$/m);
  // It is opened, not made.
  assert.doesNotMatch(parts.get('FileStore') ?? '', /constructor/);
});

test('nothing of the comments is left over, and every block of code is whole', () => {
  assert.doesNotMatch(page, /^ *@|\{@/m);
  for (const [, code] of page.matchAll(/^```tsx?\n(.*?)^```$/gms)) {
    const bare = (code ?? '').replace(/\/\*\*.*?\*\/|\/\/[^\n]*|'[^'\n]*'|`[^`]*`/gs, '');
    for (const [open, close] of ['()', '{}', '[]']) {
      assert.equal(bare.split(open as string).length, bare.split(close as string).length, code);
    }
  }
});

test('a member of several lines is one, with the whole comment above it', () => {
  const source = `
export declare class Thing {
    #private;
    private readonly hidden;
    constructor(
    /** Its name. */
    name: string, options?: {
        a: string;
    });
    /**
     * Opens it :-} by {@link Thing.close}.
     *
     * A second paragraph.
     *
     * @throws StoreError \`store.damaged\` if it is
     *   damaged.
     * @throws {@link ClosedError} afterwards.
     */
    static reopen(options: Some & {
        id?: string | undefined;
    }): Promise<Thing>;
    readonly name = "Thing";
    [Symbol.asyncDispose](): Promise<void>;
}
/** The next one. */
export type After = 'a' | {
    b: '{';
};
`;
  const found = declarationsOf(source);
  assert.deepEqual([...found.keys()], ['Thing', 'After']);
  const [constructor, reopen, ...more] = found.get('Thing')?.members ?? [];
  assert.equal(constructor?.signature, 'constructor(name: string, options?: { a: string; })');
  assert.equal(reopen?.signature, 'static reopen(options: Some & {\n    id?: string | undefined;\n}): Promise<Thing>');
  assert.equal(
    written(reopen?.doc ?? ''),
    'Opens it :-} by `Thing.close`.\n\nA second paragraph.\n\n- `StoreError` `store.damaged` if it is damaged.\n- `ClosedError` afterwards.',
  );
  assert.deepEqual(more, []);
  assert.equal(found.get('After')?.doc, 'The next one.');
  assert.throws(() => written('Text.\n\n@unheard of'), /does not know/);
});

test('a heading ends with the sentence, and not within a number', () => {
  const doc = fileDoc('/** Blobs of programs, as with release 0.1.0: these\n * functions. */\nexport {};');
  assert.equal(subjectOf(doc), 'Blobs of programs, as with release 0.1.0');
  assert.equal(subjectOf('As with release 0.1.0.'), 'As with release 0.1.0');
  assert.equal(subjectOf('No dot'), 'No dot');
});
