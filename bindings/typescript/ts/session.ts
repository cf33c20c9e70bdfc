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

  /** Signs in and returns a new token. */
  async authenticate(options: CallOptions = {}): Promise<string> {
    return await this.#begin('SignIn', options);
  }

  /** Returns the token at hand if it is valid for at least another minute; otherwise signs in and returns a new one. */
  async ensureAuthenticated(options: CallOptions = {}): Promise<string> {
    return await this.#begin('Token', options);
  }

  /** Signs in again and returns the new token. Throws an {@link AuthenticationError} if there was no token before. */
  async refreshToken(options: CallOptions = {}): Promise<string> {
    if ((await this.heldToken(options)) === undefined) {
      throw new AuthenticationError('no token to refresh: call authenticate() first', { code: 'client.not_signed_in' });
    }
    return await this.authenticate(options);
  }

  /** Returns the token at hand; undefined unless it is valid for at least another minute. */
  async heldToken(options: CallOptions = {}): Promise<string | undefined> {
    return await this.#begin('HeldToken', options);
  }

  /** Whether there is a token that is valid for at least another minute. */
  async isAuthenticated(options: CallOptions = {}): Promise<boolean> {
    return (await this.heldToken(options)) !== undefined;
  }
}
