/** Passwords: logging in anywhere with a username, by OPAQUE (RFC 9807). The server never sees the password. */

import { options as checked } from './arguments.js';
import { conceal } from './conceal.js';
import { decryptAesGcm, deriveKey, encryptAesGcm } from './crypto.js';
import { concatBytes } from './encoding.js';
import { enter } from './entrance.js';
import { DecryptionError, OpaqueError } from './errors.js';
import { type KeyPair, pairOf } from './keys.js';
import { type CallOptions, DEFAULT_URL, type ServerOptions } from './options.js';

/** Where a server keeps its setup for passwords. */
export const OPAQUE_SERVER_SETUP_PATH = 'opaque/server/setup';
/** The role of those who may register passwords. */
export const OPAQUE_USER_ROLE_ID = 'opaque-user';
/** The name of that role's right. */
export const OPAQUE_USER_CAP_ID = 'cap_create_opaque_user';

const WRAP_INFO = 'reeeductio-credential-wrap';
const KEY_LENGTH = 32;

/** The parts that `enableOpaque` had to create. */
export interface EnableOpaqueResult {
  readonly serverSetupCreated: boolean;
  readonly roleCreated: boolean;
  readonly capabilityCreated: boolean;
}

/** A registered password. */
export interface OpaqueRegistrationResult {
  readonly username: string;
  /** The id of the member whose keys it yields. */
  readonly publicKey: string;
  /** `publicKey`. */
  readonly public_key: string;
}

/**
 * Credentials that a password yields: everything a member needs. The secrets are not shown in JSON, nor by `console.log`
 * in Node; the developer tools of browsers show them.
 */
export interface OpaqueCredentials {
  /** The member's key pair. */
  readonly keyPair: KeyPair;
  /** The 32-byte secret that the members share. */
  readonly symmetricRoot: Uint8Array;
  /** The user's own 32-byte secret, unless the password was registered by a client that has none. */
  readonly userSymmetricKey: Uint8Array | undefined;
  /** The member's id. */
  readonly memberId: string;
  /** `memberId`, under its name of release 0.1.0. */
  readonly publicKey: string;
}

/** The space to log in to, and who logs in. */
export interface LoginOptions extends ServerOptions, CallOptions {
  spaceId: string;
  username: string;
  password: string;
}

/**
 * Logs in with a password, and returns the member's secrets.
 *
 * @throws {@link AuthenticationError} if the username or the password is wrong.
 * @throws {@link OpaqueNotEnabledError} if the space has no passwords.
 * @throws {@link RateLimitError} after too many attempts.
 */
export async function loginWithOpaque(options: LoginOptions): Promise<OpaqueCredentials> {
  const { spaceId, username, password, baseUrl = DEFAULT_URL, signal } = checked(options);
  const given = { baseUrl, spaceId, username, password };
  const [memberId, privateKey, symmetricRoot, userSymmetricKey] = await enter('LogIn', given, options, signal);
  const found = { keyPair: pairOf(privateKey), symmetricRoot, userSymmetricKey, memberId, publicKey: memberId };
  return conceal(found, 'symmetricRoot', 'userSymmetricKey');
}

/** Seals a member's secrets, 32 bytes each, with the key that a password yields. Needs {@link ready}. */
export function wrapCredentials(
  exportKey: Uint8Array,
  privateKey: Uint8Array,
  symmetricRoot: Uint8Array,
  userSymmetricKey: Uint8Array = new Uint8Array(0),
): Uint8Array {
  return encryptAesGcm(concatBytes(privateKey, symmetricRoot, userSymmetricKey), deriveKey(exportKey, WRAP_INFO));
}

/** Opens what {@link wrapCredentials} sealed. Throws an {@link OpaqueError} if it does not open. Needs {@link ready}. */
export function unwrapCredentials(
  exportKey: Uint8Array,
  wrapped: Uint8Array,
): Pick<OpaqueCredentials, 'symmetricRoot' | 'userSymmetricKey'> & { readonly privateKey: Uint8Array } {
  const plain = opened(exportKey, wrapped);
  if (plain.length !== 2 * KEY_LENGTH && plain.length !== 3 * KEY_LENGTH) {
    throw new OpaqueError(`${plain.length} bytes inside, 64 or 96 are needed`, { code: 'client.credentials' });
  }
  const part = (at: number) => plain.slice(at * KEY_LENGTH, (at + 1) * KEY_LENGTH);
  const userSymmetricKey = plain.length > 2 * KEY_LENGTH ? part(2) : undefined;
  const found = { privateKey: part(0), symmetricRoot: part(1), userSymmetricKey };
  return conceal(found, 'privateKey', 'symmetricRoot', 'userSymmetricKey');
}

function opened(exportKey: Uint8Array, wrapped: Uint8Array): Uint8Array {
  try {
    return decryptAesGcm(wrapped, deriveKey(exportKey, WRAP_INFO));
  } catch (error) {
    throw error instanceof DecryptionError ? new OpaqueError(error.message, error.details) : error;
  }
}
