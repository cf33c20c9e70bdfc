/** Signing in. */

import { AuthenticationError } from './errors.js';
import type { Operations } from './operations.js';
import type { CallOptions } from './options.js';

type SigningIn = 'SignIn' | 'Token' | 'HeldToken';
type Begin = <Name extends SigningIn>(name: Name, options: CallOptions) => Promise<Operations[Name]['answer']>;

/** A member's session: a token that is renewed when it is about to expire. `space.auth` is one. */
export class AuthSession {
  readonly #begin: Begin;

  /** @internal */
  constructor(begin: Begin) {
    this.#begin = begin;
  }

  /** Signs in and gives a new token. */
  async authenticate(options: CallOptions = {}): Promise<string> {
    return await this.#begin('SignIn', options);
  }

  /** A token that is valid for a while, signing in only if there is none. */
  async ensureAuthenticated(options: CallOptions = {}): Promise<string> {
    return await this.#begin('Token', options);
  }

  /** A token that is newer than the one there is. Throws an {@link AuthenticationError} if there is none. */
  async refreshToken(options: CallOptions = {}): Promise<string> {
    if ((await this.heldToken(options)) === undefined) {
      throw new AuthenticationError('no token to refresh: call authenticate() first', { code: 'client.not_signed_in' });
    }
    return await this.authenticate(options);
  }

  /** The token at hand; undefined if there is none that is valid for a minute yet. */
  async heldToken(options: CallOptions = {}): Promise<string | undefined> {
    return await this.#begin('HeldToken', options);
  }

  /** Whether there is a token that is valid for a minute yet. */
  async isAuthenticated(options: CallOptions = {}): Promise<boolean> {
    return (await this.heldToken(options)) !== undefined;
  }
}
