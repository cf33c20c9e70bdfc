/** Ids: a letter that says of what, and a key or hash. */

import { refused } from './arguments.js';
import { type Bytes, concatBytes, decodeUrlSafeBase64, encodeUrlSafeBase64 } from './encoding.js';

/** Kind of an id. */
export type IdType = 'BLOB' | 'MESSAGE' | 'SPACE' | 'TOOL' | 'USER';

/** The first byte of an id, of whose eight bits six make its letter. */
const HEADERS = { B: 0x04, M: 0x30, S: 0x48, T: 0x4c, U: 0x50 } as const;
const TYPES: Readonly<Record<string, IdType>> = { B: 'BLOB', M: 'MESSAGE', S: 'SPACE', T: 'TOOL', U: 'USER' };
const KEY_LENGTH = 32;

/** The id of the space that a 32-byte public key owns: `S` and 43 characters. */
export function toSpaceId(publicKey: Uint8Array): string {
  return typed('S', publicKey, 'publicKey');
}

/** The id of the user with a 32-byte public key: `U` and 43 characters. */
export function toUserId(publicKey: Uint8Array): string {
  return typed('U', publicKey, 'publicKey');
}

/** The id of the tool with a 32-byte public key: `T` and 43 characters. */
export function toToolId(publicKey: Uint8Array): string {
  return typed('T', publicKey, 'publicKey');
}

/** The id of the message with a 32-byte hash: `M` and 43 characters. */
export function toMessageId(hash: Uint8Array): string {
  return typed('M', hash, 'hash');
}

/** The id of the blob with a 32-byte hash: `B` and 43 characters. */
export function toBlobId(hash: Uint8Array): string {
  return typed('B', hash, 'hash');
}

/** Returns the kind of an id. Throws a {@link ValidationError} if it is no id. */
export function getIdentifierType(id: string): IdType {
  const type = TYPES[id[0] ?? ''];
  if (type === undefined || !/^[\w-]{44}$/.test(id))
    throw refused('id', `${id} is not a letter of BMSTU and 43 characters`);
  return type;
}

/** The 32 bytes in an id, whatever it is of. Throws a {@link ValidationError} if it is no id. */
export function extractFromTypedId(id: string): Bytes {
  getIdentifierType(id);
  const bytes = decodeUrlSafeBase64(id);
  if (bytes[0] !== HEADERS[id[0] as keyof typeof HEADERS]) throw refused('id', `${id} is of another version`);
  return bytes.slice(1);
}

/** The 32-byte public key in the id of a user, tool or space. Throws a {@link ValidationError} for anything else. */
export function extractPublicKey(id: string): Bytes {
  if (!['SPACE', 'TOOL', 'USER'].includes(getIdentifierType(id))) {
    throw refused('id', `${id} is not of a user, tool or space`);
  }
  return extractFromTypedId(id);
}

function typed(letter: keyof typeof HEADERS, bytes: Uint8Array, field: string): string {
  if (!(bytes instanceof Uint8Array) || bytes.length !== KEY_LENGTH) {
    throw refused(field, 'must be a Uint8Array of 32 bytes');
  }
  return encodeUrlSafeBase64(concatBytes(Uint8Array.of(HEADERS[letter]), bytes));
}
