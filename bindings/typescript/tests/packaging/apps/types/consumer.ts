import { ReeeductioError, type KeyPair, Space, generateKeyPair, ready, toSpaceId } from 'reeeductio';

/** Every kind of export is used: a class, a type, a function, an error. */
export async function use(bytes: Uint8Array): Promise<string> {
  await ready({ wasm: new Uint8Array(8) });
  const keyPair: KeyPair = await generateKeyPair();
  const space = new Space({ spaceId: toSpaceId(keyPair.publicKey), keyPair, symmetricRoot: bytes });
  try {
    return (await space.postEncryptedMessage('general', 'chat.text', bytes)).messageHash;
  } catch (error) {
    if (error instanceof ReeeductioError) return error.code;
    throw error;
  }
}

// @ts-expect-error an option that does not exist
export const wrong = (keyPair: KeyPair) => new Space({ spaceId: '', keyPair, symmetricRoot: new Uint8Array(), key: 1 });
