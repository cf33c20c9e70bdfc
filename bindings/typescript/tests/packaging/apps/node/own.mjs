import { readFile } from 'node:fs/promises';
import { ready } from 'reeeductio';
import { roundTrip } from './roundtrip.js';

await ready({ wasm: await readFile(new URL(import.meta.resolve('reeeductio/reeeductio.wasm'))) });
process.stdout.write(await roundTrip(process.argv[2]));
