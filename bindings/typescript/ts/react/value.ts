/** A value at a path: read again when it may have changed, and shown as it is being set. */

import type { Bytes } from '../encoding.js';
import { errorOf, Observed } from './observed.js';
import { type Write, Writes } from './writes.js';

/** Known state of a value. */
export interface ValueSnapshot {
  /**
   * The value; while it is being set, the one that was set last. Undefined if nothing was ever set, or nothing is known
   * yet. Empty if it was removed.
   */
  value: Bytes | undefined;
  /** Whether nothing is known yet: neither from the local store nor from the server. */
  isLoading: boolean;
  /** Why it could not be set or read, or why its changes do not come. */
  error: Error | undefined;
}

/** How a value is read, watched and set. */
export interface Access {
  /** The space, and what tells its values apart: all hooks of one value share it. */
  of: [space: object, name: string];
  /** Reads what the local store has; undefined if that is nothing. */
  stored(signal: AbortSignal): Promise<Bytes | undefined>;
  read(signal: AbortSignal): Promise<Bytes>;
  /** Calls `changed` when the value may have, first when it is time to read it; `failed` when it cannot say any more. */
  watch(changed: () => void, failed: (error: unknown) => void, signal: AbortSignal): void;
  set(data: Uint8Array): Promise<unknown>;
}

/** A value, while somebody observes it. */
export class Value extends Observed<ValueSnapshot> {
  static readonly EMPTY: ValueSnapshot = { value: undefined, isLoading: true, error: undefined };
  /** Those that are observed or being set: with two of one value an older write could be sent after a newer one. */
  static readonly #all = new WeakMap<object, Map<string, Value>>();

  /** The one that all hooks of a value share. */
  static of(access: Access): Value {
    const [space, name] = access.of;
    return Value.#of(space).get(name) ?? new Value(access);
  }

  static #of(space: object): Map<string, Value> {
    const values = Value.#all.get(space) ?? new Map<string, Value>();
    Value.#all.set(space, values);
    return values;
  }

  readonly #access: Access;
  readonly #writes: Writes;
  #known: Bytes | undefined;
  #isLoading = true;
  #writeError: Error | undefined;
  #readError: Error | undefined;
  /** Whether its changes are reported. */
  #isWatched = false;
  #refresh: (() => void) | undefined;

  private constructor(access: Access) {
    super(Value.EMPTY);
    this.#access = access;
    this.#writes = new Writes(
      (data) => access.set(data),
      (write, error) => this.#written(write, error),
    );
  }

  /**
   * Shows a value at once, and sets it after those before it. Of values that wait only the newest is sent. Resolves when
   * it, or one that took its place, is stored.
   */
  set(data: Bytes): Promise<void> {
    this.#share();
    const done = this.#writes.add(data);
    this.#show();
    return done;
  }

  #written({ data }: Write, error: unknown): void {
    if (error === undefined) {
      this.#known = data;
      this.#isLoading = false;
    }
    this.#writeError = error === undefined ? undefined : errorOf(error);
    this.#show();
    // Others may have set it meanwhile; and of a write that failed nobody knows what became of it.
    if (this.isObserved && !this.#writes.newest) this.#refresh?.();
    this.#shareNoMore();
  }

  #share(): void {
    const [space, name] = this.#access.of;
    const values = Value.#of(space);
    if (!values.has(name)) values.set(name, this);
  }

  #shareNoMore(): void {
    const [space, name] = this.#access.of;
    const values = Value.#of(space);
    if (!this.isObserved && !this.#writes.newest && values.get(name) === this) values.delete(name);
  }

  protected override forget(): void {
    this.#writeError = undefined;
  }

  protected async work(signal: AbortSignal): Promise<void> {
    this.#share();
    // When the signal aborts it may be observed still, or again.
    signal.addEventListener('abort', () => queueMicrotask(() => this.#shareNoMore()), { once: true });
    this.#isWatched = false;
    let reading = false;
    let changed = false;
    const refresh = async (): Promise<void> => {
      changed = true;
      if (reading) return;
      reading = true;
      // A change meanwhile is read after that; while it is being set, after the last write.
      while (changed && !signal.aborted && !this.#writes.newest) {
        changed = false;
        await this.#readOnce(signal);
      }
      reading = false;
    };
    this.#refresh = () => void refresh();
    if (this.#isLoading) await this.#readStored(signal);
    if (signal.aborted) return;
    const report = (): void => {
      this.#isWatched = true;
      void refresh();
    };
    const failed = (error: unknown): void => {
      if (!signal.aborted) this.#isWatched = false;
      this.#failed(error, signal);
    };
    this.#access.watch(report, failed, signal);
  }

  /** Shows what the local store has, until the server answers. */
  async #readStored(signal: AbortSignal): Promise<void> {
    // Without a store there is nothing; what is wrong with one is told when the server is asked.
    const stored = await this.#access.stored(signal).catch(() => undefined);
    if (signal.aborted || stored === undefined || !this.#isLoading) return;
    this.#known = stored;
    this.#isLoading = false;
    this.#show();
  }

  async #readOnce(signal: AbortSignal): Promise<void> {
    const { begun } = this.#writes;
    try {
      const value = await this.#access.read(signal).catch(noneIfNotFound);
      // An answer from before a write may be older than that; it is read again after the last write.
      if (signal.aborted || begun !== this.#writes.begun) return;
      this.#known = value;
      this.#isLoading = false;
      if (this.#isWatched) {
        // Otherwise it was read because it was set, and the stream is still to be opened again.
        this.retry.succeeded();
        this.#readError = undefined;
      }
      this.#show();
    } catch (error) {
      this.#failed(error, signal);
    }
  }

  #failed(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#isLoading = false;
    this.#readError = errorOf(error);
    this.#show();
    this.retry.failed(error, signal);
  }

  /** Shows what is being set, or else what is known. */
  #show(): void {
    const before = this.snapshot();
    const { newest } = this.#writes;
    const now = newest ? newest.data : this.#known;
    const value = areSame(before.value, now) ? before.value : now;
    const isLoading = this.#isLoading && !newest;
    const error = this.#writeError ?? this.#readError;
    if (value === before.value && isLoading === before.isLoading && error === before.error) return;
    this.change({ value, isLoading, error });
  }
}

/** Where nothing was ever set, there is no error. */
function noneIfNotFound(error: unknown): undefined {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  // That the server does not have the whole space is something else.
  if (name !== 'NotFoundError' || code === 'space.unknown') throw error;
}

function areSame(one: Bytes | undefined, other: Bytes | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}
