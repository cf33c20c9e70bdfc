/** What the page under test runs: scenarios by name, here or in a worker. */

import { scenarios } from './every.js';

globalThis.names = Object.keys(scenarios);

globalThis.runHere = (name, context) => scenarios[name](context);

globalThis.runInWorker = (name, context) =>
  new Promise((resolve, reject) => {
    const worker = new Worker('./worker.js', { type: 'module' });
    worker.onmessage = ({ data: failure }) => {
      worker.terminate();
      if (failure === undefined) resolve();
      else reject(new Error(failure));
    };
    worker.onerror = (event) => reject(new Error(`the worker failed: ${event.message}`));
    worker.postMessage({ name, context });
  });
