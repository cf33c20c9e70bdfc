/** The same scenarios in a worker. */

import { scenarios } from './every.js';

onmessage = async ({ data: { name, context } }) => {
  try {
    await scenarios[name](context);
    postMessage(undefined);
  } catch (error) {
    postMessage(error instanceof Error ? error.stack : String(error));
  }
};
