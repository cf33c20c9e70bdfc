/** Values of the state, the data and the user's own data. */

import { refused } from './arguments.js';
import { type AnyContent, encoded, isPromise, Opened } from './content.js';
import type { Bytes } from './encoding.js';
import type { LiveStream } from './live.js';
import type { CallOptions } from './options.js';
import type { Runner } from './runner.js';

/** A value as the WebAssembly module gives it. */
export type ValueRecord = [
  path: string,
  data: string,
  author: string | undefined,
  time: number | undefined,
  content: Bytes | undefined,
];

/** A value with its path. */
export class Value extends Opened {
  /** Its path. */
  readonly path: string;
  /** The value as it is stored, in base64; empty if it was removed. */
  readonly data: string;
  /** The id of the member that wrote it; undefined if the server alone says that it was removed. */
  readonly author: string | undefined;
  /** When it was written, Unix milliseconds; undefined if the server alone says that it was removed. */
  readonly time: number | undefined;

  /** @internal */
  constructor([path, data, author, time, content]: ValueRecord) {
    super(content);
    this.path = path;
    this.data = data;
    this.author = author;
    this.time = time;
  }

  /** Whether it was removed. */
  get isRemoved(): boolean {
    return this.data === '';
  }
}

type Kind = 'state' | 'data' | 'user_data';

/**
 * Values at paths, from `space.state`, `space.data` or `space.userData`, which are sealed when they are set and opened when
 * they are read. State keeps its history, and each change of it is a message; data and the user's own data keep the newest value only.
 *
 * @example
 * ```ts
 * await space.data.set('tasks/1', { title: 'Water the plants', done: false });
 * for (const task of await space.data.list('tasks')) console.log(task.path, task.json());
 * ```
 */
export class Values {
  readonly #runner: Runner;
  readonly #kind: Kind;

  /** @internal */
  constructor(runner: Runner, kind: Kind) {
    this.#runner = runner;
    this.#kind = kind;
  }

  /**
   * Reads the value at a path, checked; undefined if nothing is there.
   *
   * @throws {@link AuthorizationError} if the member may not read it.
   * @throws {@link IntegrityError} if it fails verification.
   */
  async get(path: string, options: CallOptions = {}): Promise<Value | undefined> {
    return valuesOf(await this.#runner.begin('Value', { values: this.#kind, path }, options))[0];
  }

  /**
   * Seals bytes, text or a value of JSON and sets it. If several members write at the same time, the last write stays.
   *
   * @throws {@link AuthorizationError} if the member may not write there.
   */
  async set(path: string, content: AnyContent, options: CallOptions = {}): Promise<void> {
    const data = encoded(content);
    if (this.#kind === 'state') await this.#runner.begin('SetState', { path, data, sealed: true }, options);
    else if (this.#kind === 'data') await this.#runner.begin('SetData', { path, data, sealed: true }, options);
    else await this.#runner.begin('SetUserData', { path, data }, options);
  }

  /** Removes the value at a path; nothing happens if there is none. */
  async delete(path: string, options: CallOptions = {}): Promise<void> {
    const name = { state: 'DeleteState', data: 'DeleteData', user_data: 'DeleteUserData' } as const;
    await this.#runner.begin(name[this.#kind], { path }, options);
  }

  /**
   * Reads the values at a path and below it, ordered by path, every one checked. Below `a` is `a/b`, not `ab`. Values that
   * the member may not read are left out.
   *
   * @throws {@link IntegrityError} if a value fails verification.
   */
  async list(prefix = '', options: CallOptions = {}): Promise<Value[]> {
    return valuesOf(await this.#runner.begin('ListValues', { values: this.#kind, prefix }, options));
  }

  /**
   * Gives the values at a path and below it, and then each change, also over lost connections. Values that the member may
   * not read are left out. A value that was removed has `isRemoved`. Of several quick changes you get at least the last.
   *
   * The server is needed to open the stream: if it cannot be reached, the first read of the stream fails. A value that fails
   * verification ends the stream with an {@link IntegrityError}; a new stream begins with the current values.
   *
   * @example
   * ```ts
   * for await (const task of space.data.watch('tasks', { signal })) {
   *   console.log(task.path, task.isRemoved ? 'removed' : task.json());
   * }
   * ```
   */
  watch(prefix = '', options: CallOptions = {}): LiveStream<Value> {
    return this.#runner.stream('WatchValues', { values: this.#kind, prefix }, options, valuesOf);
  }

  /**
   * Changes the value at a path by a synchronous function of the present one. `undefined` means no value; returning it
   * removes the value. If somebody else writes the same path meanwhile, the function is called again with the new value. An
   * error that it throws ends the update.
   *
   * @throws {@link ConflictError} if others keep writing the same path at the same time.
   *
   * @example
   * ```ts
   * await space.data.update('counter', (old) => (old?.json<number>() ?? 0) + 1);
   * ```
   */
  async update(
    path: string,
    change: (old: Value | undefined) => AnyContent | undefined,
    options: CallOptions = {},
  ): Promise<void> {
    if (typeof change !== 'function') throw refused('change', 'must be a function');
    const changed = (old: Bytes | undefined) => {
      const content = change(old && new Value([path, '', undefined, undefined, old]));
      if (isPromise(content)) {
        // Nobody waits for it: its own failure is not to be an unhandled one.
        Promise.resolve(content).catch(() => {});
        throw refused('change', 'must not return a promise; `update` takes a synchronous function');
      }
      return content === undefined ? undefined : encoded(content, 'change');
    };
    await this.#runner.begin('UpdateValue', { values: this.#kind, path, change: changed }, options);
  }

  /**
   * Reads the value at a path from the local store, as it was seen last; undefined if none was seen. The server is not asked.
   *
   * @throws {@link ValidationError} if the space was opened without `localStore`.
   */
  async stored(path: string, options: CallOptions = {}): Promise<Value | undefined> {
    return valuesOf(await this.#runner.begin('StoredValue', { values: this.#kind, path }, options))[0];
  }
}

function valuesOf(records: unknown): Value[] {
  return (records as ValueRecord[]).map((record) => new Value(record));
}
