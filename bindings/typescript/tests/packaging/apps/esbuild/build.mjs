import { build } from 'esbuild';

await build({
  entryPoints: ['main.js', 'worker.js'],
  bundle: true,
  format: 'esm',
  loader: { '.wasm': 'file' },
  minify: true,
  outdir: 'dist',
  splitting: true,
});
