/** A page whose policy forbids WebAssembly: what a program is told. */

import { generateKeyPair, InternalError, ready, Space } from 'reeeductio';

const told = async (call) => {
  try {
    await call();
    return 'nothing';
  } catch (error) {
    return [error instanceof InternalError, error.code, error.message, String(error.cause)];
  }
};

globalThis.told = async () => [
  await told(() => ready()),
  await told(() => generateKeyPair()),
  await told(() => Space.open({ spaceId: '', keyPair: {}, symmetricRoot: new Uint8Array(32) })),
];
