/** The member and its space; the beginning of every operation. */

import { bytes, bytesOrNone, options as given, store, text } from '../arguments.js';
import type { Space as NativeSpace } from '../../build/reeeductio_wasm.js';
import type { Bytes } from '../encoding.js';
import { INSPECT } from '../conceal.js';
import { ASYNC_DISPOSE } from '../dispose.js';
import { ClosedError } from '../errors.js';
import { toUserId } from '../ids.js';
import { LiveStream } from '../live.js';
import { callForBytes, native, run } from '../native.js';
import { Network } from '../network.js';
import type { Operations } from '../operations.js';
import { type CallOptions, DEFAULT_URL, type SpaceOptions } from '../options.js';
import type { Runner } from '../runner.js';

/** Things that end with a handle. */
export interface Closable {
  close(): Promise<void>;
}

/** A handle on a space: its keys, its WebAssembly module, and its end. */
export class Handle implements AsyncDisposable {
  readonly #options: Readonly<SpaceOptions>;
  readonly #network: Network;
  readonly #open = new Set<Closable>();
  #native: NativeSpace | undefined;
  #closed = false;

  constructor(options: SpaceOptions) {
    // Copies, so that later changes of the program's own object and arrays have no effect.
    const { keyPair, symmetricRoot, userSymmetricKey } = given(options);
    this.#options = {
      ...options,
      keyPair: keyPair && { privateKey: copied(keyPair.privateKey), publicKey: copied(keyPair.publicKey) },
      symmetricRoot: copied(symmetricRoot),
      userSymmetricKey: copied(userSymmetricKey),
    };
    this.#network = new Network(options);
  }

  /** The space: `S` and 43 characters. */
  get spaceId(): string {
    return this.#options.spaceId;
  }

  /** Id of the acting member: `U` or `T` and 43 characters. */
  get memberId(): string {
    const { memberId, keyPair } = this.#options;
    return memberId ?? toUserId(bytes('keyPair.publicKey', keyPair?.publicKey));
  }

  /** The server's address. */
  get baseUrl(): string {
    return this.#options.baseUrl ?? DEFAULT_URL;
  }

  /** The 32-byte key that the topics' keys are derived from. Needs {@link ready}, or any call before. */
  get messageKey(): Bytes {
    return callForBytes(() => this.compiled().messageKey());
  }

  /** The 32-byte key of sealed state. Needs {@link ready}, or any call before. */
  get stateKey(): Bytes {
    return callForBytes(() => this.compiled().stateKey());
  }

  /** The 32-byte key of sealed data entries. Needs {@link ready}, or any call before. */
  get dataKey(): Bytes {
    return callForBytes(() => this.compiled().dataKey());
  }

  /** Derives the 32-byte key of a topic. Rarely needed: other methods derive it themselves. Needs {@link ready}, or any call before. */
  deriveTopicKey(topicId: string): Bytes {
    return callForBytes(() => this.compiled().topicKey(topicId));
  }

  /**
   * Ends the handle and its live streams, and releases their resources. Calls under way finish; later ones reject with a
   * {@link ClosedError}.
   */
  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(open.map((each) => each.close()));
    this.#native?.free();
    this.#native = undefined;
  }

  /** {@link close}, at the end of an `await using`. */
  async [ASYNC_DISPOSE](): Promise<void> {
    await this.close();
  }

  /** Shown by `console.log` in Node. @internal */
  [INSPECT](): string {
    let memberId: unknown;
    try {
      memberId = this.memberId;
    } catch {
      // Its key pair is none, which the first call says.
    }
    return `${this.constructor.name} { spaceId: '${this.spaceId}', memberId: '${String(memberId)}' }`;
  }

  /** @internal */
  protected get secrets(): Readonly<SpaceOptions> {
    return this.#options;
  }

  /** Has something end with this handle. @internal */
  protected hold<T extends Closable>(closable: T): T {
    this.#open.add(closable);
    return closable;
  }

  /** Something has ended by itself. @internal */
  protected release(closable: Closable): void {
    this.#open.delete(closable);
  }

  /** Runs an operation. @internal */
  protected begin<Name extends keyof Operations>(
    name: Name,
    given: Operations[Name]['arguments'],
    options?: CallOptions | string | null,
  ): Promise<Operations[Name]['answer']> {
    const signal = typeof options === 'object' ? options?.signal : undefined;
    return run(() => this.compiled().run(name, given), signal);
  }

  /** This handle, for its parts. @internal */
  protected readonly runner: Runner = {
    begin: (name, given, options) => this.begin(name, given, options),
    stream: (name, given, options, items) => this.stream(name, given, options, items),
  };

  /** A stream of items, which ends with this handle. @internal */
  protected stream<Name extends keyof Operations, Item>(
    name: Name,
    given: Operations[Name]['arguments'],
    options: CallOptions,
    items: (answer: unknown) => readonly Item[],
  ): LiveStream<Item> {
    const source = { open: () => this.compiled().run(name, given), items };
    const stream: LiveStream<Item> = new LiveStream(options, source, () => this.release(stream));
    return this.hold(stream);
  }

  /** @internal */
  protected compiled(): NativeSpace {
    if (this.#closed) throw new ClosedError('space');
    this.#native ??= this.#make();
    return this.#native;
  }

  #make(): NativeSpace {
    const { spaceId, keyPair, symmetricRoot, userSymmetricKey, autoAuthenticate, localStore } = this.#options;
    return new (native().Space)(
      text('spaceId', spaceId),
      text('memberId', this.memberId),
      bytes('keyPair.privateKey', keyPair?.privateKey),
      bytes('symmetricRoot', symmetricRoot),
      text('baseUrl', this.baseUrl),
      bytesOrNone('userSymmetricKey', userSymmetricKey),
      autoAuthenticate === false,
      this.#network,
      localStore === undefined || localStore === null ? undefined : store('localStore', localStore),
    );
  }
}

/** A copy of bytes; what are none is refused with the first call. */
function copied<T>(value: T): T {
  return (value instanceof Uint8Array ? value.slice() : value) as T;
}
