/** Administering a server. */

import type { Admin as NativeAdmin } from '../build/reeeductio_wasm.js';
import { ASYNC_DISPOSE } from './dispose.js';
import { AuthenticationError, ClosedError } from './errors.js';
import { bytes, options as given, text } from './arguments.js';
import type { KeyPair } from './keys.js';
import { native, run } from './native.js';
import { Network } from './network.js';
import type { Administration } from './operations.js';
import { type CallOptions, DEFAULT_URL, type ServerOptions } from './options.js';
import { AuthSession } from './session.js';

/** Credentials of an administrator, and the server. */
export interface AdminOptions extends ServerOptions {
  /** The key pair of a member of the server's admin space. */
  keyPair: KeyPair;
  /** Whether to sign in whenever it is needed, true by default; with false only `authenticate` signs in. */
  autoAuthenticate?: boolean | undefined;
}

/**
 * An administrator's handle on a server.
 *
 * @example
 * ```ts
 * await using admin = new AdminClient({ keyPair, baseUrl: 'https://example.org' });
 * await admin.deleteBlob(blobId);
 * ```
 */
export class AdminClient implements AsyncDisposable {
  readonly #options: Readonly<AdminOptions>;
  readonly #network: Network;
  #native: NativeAdmin | undefined;
  #closed = false;

  constructor(options: AdminOptions) {
    this.#options = { ...given(options) };
    this.#network = new Network(options);
  }

  /** The administrator's session, which this handle uses. */
  readonly auth: AuthSession = new AuthSession((name, options) => this.#begin(name, {}, options));

  /** The server's address. */
  get baseUrl(): string {
    return this.#options.baseUrl ?? DEFAULT_URL;
  }

  /** Signs in and returns a new token. */
  async authenticate(options: CallOptions = {}): Promise<string> {
    return await this.auth.authenticate(options);
  }

  /** Returns the id of the server's admin space. */
  async getSpaceId(options: CallOptions = {}): Promise<string> {
    await this.#check(options);
    return await this.#begin('SpaceId', {}, options);
  }

  /**
   * Removes a blob from all spaces.
   *
   * @throws {@link NotFoundError} if there is no such blob.
   * @throws {@link AuthorizationError} if the member is no administrator.
   */
  async deleteBlob(blobId: string, options: CallOptions = {}): Promise<void> {
    await this.#check(options);
    await this.#begin('DeleteBlob', { blobId }, options);
  }

  /** Ends the handle; later calls reject with a {@link ClosedError}. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#native?.free();
    this.#native = undefined;
  }

  /** {@link close}, at the end of an `await using`. */
  async [ASYNC_DISPOSE](): Promise<void> {
    await this.close();
  }

  async #check(options: CallOptions): Promise<void> {
    if (this.#options.autoAuthenticate !== false || (await this.auth.isAuthenticated(options))) return;
    throw new AuthenticationError('not signed in: call authenticate() first, or leave autoAuthenticate on', {
      code: 'client.not_signed_in',
    });
  }

  #begin<Name extends keyof Administration>(
    name: Name,
    given: Administration[Name]['arguments'],
    { signal }: CallOptions,
  ): Promise<Administration[Name]['answer']> {
    return run(() => this.#compiled().run(name, given), signal);
  }

  #compiled(): NativeAdmin {
    if (this.#closed) throw new ClosedError('client');
    const key = bytes('keyPair.privateKey', this.#options.keyPair?.privateKey);
    this.#native ??= new (native().Admin)(key, text('baseUrl', this.baseUrl), this.#network);
    return this.#native;
  }
}
