/** A member's handle on a space. */

import { bytes, options as given, refused, store as checkedStore } from './arguments.js';
import { Account, credentialsOf, type SpaceCredentials } from './credentials.js';
import { enter } from './entrance.js';
import { ClosedError } from './errors.js';
import type { KeyPair } from './keys.js';
import { loginWithOpaque, type LoginOptions } from './opaque.js';
import { type CallOptions, DEFAULT_URL, type ServerOptions, type SpaceOptions } from './options.js';
import { AuthSession } from './session.js';
import { Outbox } from './outbox.js';
import { Passwords } from './space/passwords.js';
import type { LocalStore } from './store.js';
import { Topic } from './topic.js';
import { Values } from './values.js';

/** Status of the connection of the live streams. */
export type Status = 'idle' | 'connecting' | 'connected';

/** Options with the store that keeps credentials. */
export interface StoredOptions extends ServerOptions, CallOptions {
  /** Keeps the member's keys and what was read. Anybody who can read it can act as the member. */
  localStore: LocalStore;
}

/** Options of `acceptInvitation`. */
export interface AcceptOptions extends Omit<SpaceOptions, 'memberId'>, CallOptions {
  /** Key pair from `createInvitation`. */
  invitation: KeyPair;
}

/**
 * A member's handle on a space. It signs in when needed. Its first call loads the WebAssembly module and checks ids and
 * keys; {@link Space.open} does both at once.
 *
 * Everything that is read is checked: hashes, signatures, the rights of its author, and the order. If the server or anybody
 * else has changed it, the call rejects with an {@link IntegrityError}.
 *
 * In Node, `console.log` shows its ids and no key. The developer tools of browsers show everything.
 *
 * @example
 * ```ts
 * await using space = await Space.create({ localStore: new IndexedDBStore(), baseUrl: 'http://localhost:8000' });
 * const topic = space.topic('general');
 * await topic.post('chat.text', 'Hello!');
 * for (const message of await topic.newest()) console.log(message.text);
 * ```
 */
export class Space extends Passwords {
  /** Bundlers rename classes, and `console.log` shows this. @internal */
  static override readonly name: string = 'Space';

  /** The shared state, with its history: each change is a message. */
  readonly state: Values = new Values(this.runner, 'state');

  /** The shared data: the newest value at each path. */
  readonly data: Values = new Values(this.runner, 'data');

  /** The user's own data, which other members cannot open. Needs `userSymmetricKey`. */
  readonly userData: Values = new Values(this.runner, 'user_data');

  /** Messages that are kept on this machine until the server has stored them. Needs `localStore`. */
  readonly outbox: Outbox = new Outbox(this.runner);

  /** The spaces that one login opens, if this space is the home of an account. */
  readonly account: Account = new Account(this.runner);

  /** The member's session, which this handle uses. */
  readonly auth: AuthSession = new AuthSession((name, options) => this.begin(name, {}, options));

  /**
   * Opens a space: checks ids and keys, and loads the WebAssembly module, so that functions that are not asynchronous can be
   * called. No server is asked.
   *
   * @throws {@link ValidationError} if an id or key is not valid.
   */
  static async open<T extends Space>(
    this: new (options: SpaceOptions) => T,
    options: SpaceOptions & CallOptions,
  ): Promise<T> {
    const space = new this(options);
    // Asks for what needs ids and keys, and no server.
    await space.auth.heldToken(options);
    return space;
  }

  /**
   * Makes a new space, and keeps the credentials of its owner in `localStore`, the only place where they are: {@link reopen}
   * opens the space again. Nothing is sent yet: a server that registers spaces refuses the first call until the space is
   * registered.
   *
   * @example
   * ```ts
   * const space = await Space.create({ localStore: new IndexedDBStore(), baseUrl: 'http://localhost:8000' });
   * ```
   */
  static async create(options: StoredOptions): Promise<Space> {
    const { localStore, baseUrl = DEFAULT_URL, signal } = withStore(options);
    const record = await enter('Create', { localStore, baseUrl }, options, signal);
    return await this.open({ ...options, ...credentialsOf(record) });
  }

  /**
   * Joins a space with an invitation from `createInvitation`, as the user of `keyPair`. If an earlier attempt was cut short,
   * it goes on from there.
   *
   * @throws {@link AuthorizationError} if the invitation was used up.
   * @throws {@link AuthenticationError} if it has expired or was taken back.
   */
  static async acceptInvitation(options: AcceptOptions): Promise<Space> {
    const { spaceId, invitation, symmetricRoot, keyPair, baseUrl = DEFAULT_URL, signal } = given(options);
    const parts = {
      baseUrl,
      spaceId,
      invitation: bytes('invitation.privateKey', invitation?.privateKey),
      symmetricRoot,
      privateKey: bytes('keyPair.privateKey', keyPair?.privateKey),
    };
    await enter('AcceptInvitation', parts, options, signal);
    return await this.open(options);
  }

  /**
   * Joins a space with a link from `inviteLink`, as a new member, and keeps its credentials in `localStore`: {@link reopen}
   * opens the space again. If the store already has credentials for the space, they are used: a join that was cut short is
   * completed, and a complete one does not use the link again. To join as another member, {@link forget} them first.
   *
   * @throws {@link AuthorizationError} if the link was used up.
   * @throws {@link AuthenticationError} if it has expired or was taken back, or if the store's member was removed
   * (`member.unknown`).
   * @throws {@link ValidationError} if the text is not a link of this release, or a part of it is missing.
   *
   * @example
   * ```ts
   * const space = await Space.join(location.href, { localStore: new IndexedDBStore() });
   * ```
   */
  static async join(link: string, options: StoredOptions): Promise<Space> {
    const { localStore, baseUrl, signal } = withStore(options);
    const record = await enter('Join', { link, localStore, baseUrl }, options, signal);
    return await this.open({ ...options, ...credentialsOf(record) });
  }

  /**
   * Opens a space with the credentials that `localStore` keeps; by default the only one that it has. Another `baseUrl` than
   * the one in the store is kept: the server has moved.
   *
   * @throws {@link ValidationError} if the store has no credentials for the space, or several and `spaceId` is not given.
   */
  static async reopen(options: StoredOptions & { spaceId?: string | undefined }): Promise<Space> {
    const { localStore, baseUrl, signal } = withStore(options);
    const spaceId = options.spaceId ?? only(await this.keyring(options));
    const record = await enter('Reopen', { localStore, spaceId, baseUrl }, options, signal);
    return await this.open({ ...options, ...credentialsOf(record) });
  }

  /**
   * Deletes the credentials for a space from `localStore`. Without another copy of them nobody can act as the member any more.
   * Messages that were seen stay in the store.
   */
  static async forget(options: StoredOptions & { spaceId: string }): Promise<void> {
    const { localStore, signal } = withStore(options);
    await enter('ForgetCredentials', { localStore, spaceId: options.spaceId }, options, signal);
  }

  /** Returns all credentials that `localStore` keeps. */
  static async keyring(options: StoredOptions): Promise<SpaceCredentials[]> {
    const { localStore, signal } = withStore(options);
    return (await enter('Keyring', { localStore }, options, signal)).map(credentialsOf);
  }

  /**
   * Opens a space with the keys that a password yields.
   *
   * @throws {@link AuthenticationError} if the username or the password is wrong.
   */
  static async fromOpaqueLogin(
    options: LoginOptions & Omit<SpaceOptions, 'keyPair' | 'symmetricRoot' | 'memberId' | 'userSymmetricKey'>,
  ): Promise<Space> {
    const { keyPair, symmetricRoot, userSymmetricKey, memberId } = await loginWithOpaque(options);
    return await this.open({ ...options, keyPair, symmetricRoot, userSymmetricKey, memberId });
  }

  /** Returns everything that opens the space again as this member. */
  async credentials(options: CallOptions = {}): Promise<SpaceCredentials> {
    return credentialsOf(await this.begin('OwnCredentials', {}, options));
  }

  /**
   * Keeps this member's credentials in a store, by default the handle's `localStore`; {@link reopen} opens the space with
   * them.
   *
   * @throws {@link ValidationError} if there is no store.
   */
  async keepCredentials(store?: LocalStore, options: CallOptions = {}): Promise<void> {
    const localStore = checkedStore('localStore', store ?? this.secrets.localStore);
    await this.begin('KeepCredentials', { localStore }, options);
  }

  /**
   * Returns a topic, which seals and opens its messages.
   *
   * @example
   * ```ts
   * await space.topic('general').post('chat.text', 'Hello!');
   * ```
   */
  topic(topicId: string): Topic {
    return new Topic(this.runner, topicId);
  }

  /** Returns the status of the connection that the live streams share. */
  async status(options: CallOptions = {}): Promise<Status> {
    return (await this.begin('Status', {}, options)) as Status;
  }

  /** Calls a function with the status of the connection, now and at each change. Returns a function that ends that. */
  onStatus(listener: (status: Status) => void): () => void {
    const statuses = this.stream('WatchStatus', {}, {}, (status) => [status as Status]);
    const watch = async () => {
      for await (const status of statuses) listener(status);
    };
    // It ends with the handle; a listener that throws is the program's to know of.
    watch().catch((error: unknown) => {
      if (!(error instanceof ClosedError)) queueMicrotask(() => Promise.reject(error));
    });
    return () => void statuses.close();
  }

  /**
   * Accepts the server's present history after its operator has restored a backup, and says so. Whatever was written since
   * the backup is lost. Without this call every read keeps failing, as with a dishonest server. Open your streams again
   * afterwards.
   */
  async acceptRestore(options: CallOptions = {}): Promise<void> {
    await this.begin('AcceptRestore', {}, options);
  }

  /**
   * Signs in now and returns the new token. The first call that needs a token does so by itself.
   *
   * @throws {@link AuthenticationError} if the member is unknown to the space or has been removed.
   */
  async authenticate(options: CallOptions = {}): Promise<string> {
    return await this.auth.authenticate(options);
  }
}

/** A handle on the server's admin space, whose members register spaces. */
export class AdminSpace extends Space {
  /** @internal */
  static override readonly name = 'AdminSpace';

  /**
   * Registers the space that a key pair owns, and returns its id.
   *
   * @throws {@link AuthorizationError} if the member may not register spaces.
   */
  async createSpace(keyPair: KeyPair, options: CallOptions = {}): Promise<string> {
    return await this.begin('CreateSpace', { privateKey: bytes('keyPair.privateKey', keyPair?.privateKey) }, options);
  }
}

/** Options with a store, which is checked before anything else is done. */
function withStore<T extends StoredOptions>(options: T): T {
  checkedStore('localStore', options?.localStore);
  return options;
}

/** The only space that a store has credentials for. */
function only(kept: readonly SpaceCredentials[]): string {
  const [one, ...more] = kept;
  if (one && more.length === 0) return one.spaceId;
  if (!one) throw refused('localStore', 'has no credentials; join or create a space first');
  throw refused('spaceId', `the store has credentials for several spaces; name one of ${kept.map(({ spaceId }) => spaceId).join(', ')}`);
}
