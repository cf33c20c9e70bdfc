/** Credentials: everything that a member needs to open a space again. */

import { bytes } from './arguments.js';
import { conceal } from './conceal.js';
import { type Bytes } from './encoding.js';
import { type KeyPair, pairOf } from './keys.js';
import type { CallOptions } from './options.js';
import type { Runner } from './runner.js';

/** Credentials as the WebAssembly module gives them. */
export type CredentialsRecord = [
  spaceId: string,
  memberId: string,
  privateKey: Bytes,
  symmetricRoot: Bytes,
  baseUrl: string,
  userSymmetricKey: Bytes | undefined,
  isJoined: boolean,
];

/**
 * Everything that a member needs to open a space; it can be passed to `new Space`. Anybody who has it can act as the
 * member. The
 * secrets are not shown in JSON, nor by `console.log` in Node; the developer tools of browsers show them.
 */
export interface SpaceCredentials {
  readonly spaceId: string;
  readonly memberId: string;
  readonly keyPair: KeyPair;
  readonly symmetricRoot: Uint8Array;
  readonly baseUrl: string;
  readonly userSymmetricKey: Uint8Array | undefined;
  /** Whether the member is in the space. If not, `Space.reopen` completes a join that was cut short. */
  readonly isJoined: boolean;
}

/** Gives credentials their names. @internal */
export function credentialsOf(record: CredentialsRecord): SpaceCredentials {
  const [spaceId, memberId, privateKey, symmetricRoot, baseUrl, userSymmetricKey, isJoined] = record;
  const named = { spaceId, memberId, keyPair: pairOf(privateKey), symmetricRoot, baseUrl, userSymmetricKey, isJoined };
  return conceal(named, 'symmetricRoot', 'userSymmetricKey');
}

/**
 * The account whose home is a space: the spaces that one login opens, sealed with the user's own key.
 *
 * @example
 * ```ts
 * const home = await Space.fromOpaqueLogin({ spaceId, username: 'alice', password, baseUrl });
 * for (const credentials of await home.account.spaces()) console.log(credentials.spaceId);
 * ```
 */
export class Account {
  readonly #runner: Runner;

  /** @internal */
  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /** Returns the credentials for the spaces of the account, without the home space. */
  async spaces(options: CallOptions = {}): Promise<SpaceCredentials[]> {
    return (await this.#runner.begin('AccountSpaces', {}, options)).map(credentialsOf);
  }

  /**
   * Adds a space to the account; credentials that it has for that space are replaced.
   *
   * @throws {@link AuthorizationError} unless the owner called `allowPasswords` for the member's role.
   */
  async add(credentials: SpaceCredentials, options: CallOptions = {}): Promise<void> {
    const { baseUrl, spaceId, memberId, keyPair, symmetricRoot, userSymmetricKey } = credentials;
    const privateKey = bytes('keyPair.privateKey', keyPair?.privateKey);
    const given = { baseUrl, spaceId, memberId, privateKey, symmetricRoot, userSymmetricKey };
    await this.#runner.begin('AddToAccount', given, options);
  }

  /** Removes a space from the account; nothing happens if it is not there. */
  async remove(spaceId: string, options: CallOptions = {}): Promise<void> {
    await this.#runner.begin('RemoveFromAccount', { spaceId }, options);
  }
}
