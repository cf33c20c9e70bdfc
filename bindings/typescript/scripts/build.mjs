/**
 * Builds `dist` from `ts` and from what wasm-bindgen left in `build`; `cargo xtask typescript` runs it.
 *
 *     node scripts/build.mjs
 */

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Bytes, gzipped: what we promise. */
const BUDGET = { wasm: 600 * 1024, face: 40 * 1024 };
const WHAT = { wasm: 'WebAssembly (reeeductio.wasm)', face: 'JavaScript (what the main entry loads)' };

const here = join(import.meta.dirname, '..');
const path = (...parts) => join(here, ...parts);
const bin = (name) => path('node_modules', '.bin', name);

rmSync(path('dist'), { recursive: true, force: true });
mkdirSync(path('dist'));

// Features that the compiler marks as used are on in every engine that we name.
const FEATURES = ['bulk-memory', 'multivalue', 'mutable-globals', 'nontrapping-float-to-int', 'reference-types', 'sign-ext'];
execFileSync(bin('wasm-opt'), [
  '-O3',
  '--strip-debug',
  '--strip-producers',
  ...FEATURES.map((feature) => `--enable-${feature}`),
  path('build', 'reeeductio_wasm_bg.wasm'),
  '-o',
  path('dist', 'reeeductio.wasm'),
]);
const wasm = readFileSync(path('dist', 'reeeductio.wasm'));
const packed = gzipSync(wasm, { level: 9 });
writeFileSync(path('build', 'embedded.js'), `export const WASM = '${packed.toString('base64')}';\n`);
writeFileSync(path('build', 'embedded.d.ts'), 'export const WASM: string;\n');

/**
 * Arguments that wasm-bindgen takes on trust: another kind of value would be written over what is in its memory. Types tell
 * programs in TypeScript; this tells the others, and whatever a server has sent.
 */
const TRUSTED = [
  ['passStringToWasm0', "typeof arg === 'string'", 'must be a string'],
  ['passArray8ToWasm0', 'arg instanceof Uint8Array', 'must be a Uint8Array'],
];
const checked = {
  name: 'checked',
  setup: (bundle) =>
    bundle.onLoad({ filter: /build.reeeductio_wasm\.js$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');
      for (const [name, isRight, message] of TRUSTED) {
        const parts = contents.split(new RegExp(`(function ${name}\\(arg, [^)]*\\) \\{)`));
        if (parts.length !== 3) throw new Error(`wasm-bindgen writes ${name} in another way`);
        const [before, head, after] = parts;
        const check = `if (!(${isRight})) throw { code: 'client.argument', message: 'an argument ${message}' };`;
        contents = `${before}${head}\n${check}${after}`;
      }
      return { contents };
    }),
};

const ENTRIES = { index: 'ts/index.ts', node: 'ts/node.ts', react: 'ts/react.ts', vault: 'ts/vault.ts' };
for (const [format, type] of [
  ['esm', 'module'],
  ['cjs', 'commonjs'],
]) {
  const out = path('dist', format);
  const common = {
    absWorkingDir: here,
    bundle: true,
    format,
    legalComments: 'none',
    // Readable where an error is shown, and so without maps; bundlers make it small.
    minifySyntax: true,
    // In CommonJS what is loaded later is required: its names would not be seen by import().
    supported: { 'dynamic-import': format === 'esm' },
    target: 'es2022',
  };
  // In CommonJS nothing is shared but what is required: the classes of errors, that they are the same everywhere.
  const { index, ...others } = ENTRIES;
  for (const entryPoints of format === 'esm' ? [ENTRIES] : [{ index }, others]) {
    const elsewhere = { '#embedded': './embedded.js', ...(entryPoints === others && { './errors.js': './index.js', '../errors.js': './index.js' }) };
    await build({
      ...common,
      entryPoints,
      outdir: out,
      external: ['node:*', 'react', 'ws'],
      // The WebAssembly is a file of its own: who brings theirs does not load it.
      plugins: [checked, { name: 'elsewhere', setup: (b) => resolved(b, elsewhere) }],
      splitting: format === 'esm',
    });
  }
  await build({ ...common, entryPoints: { embedded: 'ts/embedded.ts' }, outdir: out });
  writeFileSync(join(out, 'package.json'), `{"type": "${type}"}\n`);
  execFileSync(bin('tsc'), ['--emitDeclarationOnly', '--outDir', out], { cwd: here, stdio: 'inherit' });
  removeUnreached(out);
}
for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(path('..', '..', licence), path(licence));

/** Leaves imports in the bundle, under another name. */
function resolved(bundle, elsewhere) {
  for (const [from, to] of Object.entries(elsewhere)) {
    const filter = new RegExp(`^${from.replaceAll('.', '\\.')}$`);
    bundle.onResolve({ filter }, () => ({ path: to, external: true }));
  }
}

// All that the main entry loads at once, as an app's bundler makes it.
const whole = await build({
  absWorkingDir: here,
  bundle: true,
  entryPoints: ['dist/esm/index.js'],
  external: ['ws', './embedded.js'],
  format: 'esm',
  minify: true,
  write: false,
});
const face = gzipSync(whole.outputFiles[0].contents, { level: 9 }).length;
const sizes = { wasm: packed.length, face };
for (const [name, size] of Object.entries(sizes)) {
  const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
  console.log(`${WHAT[name].padEnd(36)} ${kib(size).padStart(10)} gzipped, at most ${kib(BUDGET[name])}`);
  if (size > BUDGET[name]) throw new Error(`${name} is larger than we promise`);
}
console.log(`The npm package is built. To use it, run this in the folder of your project:

    npm install ${here}
`);

/** Removes the declarations that no entry leads to: they speak of files that are not published. */
function removeUnreached(out) {
  const reached = new Set(Object.keys(ENTRIES).map((entry) => join(out, `${entry}.d.ts`)));
  for (const file of reached) {
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/'(\.[^']+)\.js'/g)) {
      const next = join(file, '..', `${name}.d.ts`);
      if (existsSync(next)) reached.add(next);
    }
  }
  for (const name of readdirSync(out, { recursive: true })) {
    if (name.endsWith('.d.ts') && !reached.has(join(out, name))) rmSync(join(out, name));
  }
}
