/** A value at a path, which is read again when it may have changed. */

import { errorOf, Observed } from './observed.js';

/** Known state of a value. */
export interface ValueSnapshot {
  /** The value; undefined if nothing was ever set, or nothing is known yet. Empty if it was removed. */
  value: Uint8Array | undefined;
  /** Whether it is being read for the first time. */
  isLoading: boolean;
  /** Why it could not be read, or why its changes do not come. */
  error: Error | undefined;
}

/** Reads the value. */
export type Read = (signal: AbortSignal) => Promise<Uint8Array>;

/** Calls `changed` when the value may have, first when it is time to read it; `failed` when it cannot say any more. */
export type Watch = (changed: () => void, failed: (error: unknown) => void, signal: AbortSignal) => void;

/** A value, while somebody observes it. */
export class Value extends Observed<ValueSnapshot> {
  static readonly EMPTY: ValueSnapshot = { value: undefined, isLoading: true, error: undefined };

  readonly #read: Read;
  readonly #watch: Watch;
  #refresh: (() => void) | undefined;

  constructor(read: Read, watch: Watch) {
    super(Value.EMPTY);
    this.#read = read;
    this.#watch = watch;
  }

  protected work(signal: AbortSignal): void {
    let reading = false;
    let changed = false;
    const refresh = async (): Promise<void> => {
      changed = true;
      if (reading) return;
      reading = true;
      // A change meanwhile is read after that.
      while (changed && !signal.aborted) {
        changed = false;
        await this.#readOnce(signal);
      }
      reading = false;
    };
    const failed = (error: unknown): void => this.change({ isLoading: false, error: errorOf(error) });
    this.#refresh = () => void refresh();
    this.#watch(this.#refresh, failed, signal);
  }

  /** Reads it again, if it is observed. */
  readonly refresh = (): void => {
    if (this.isObserved) this.#refresh?.();
  };

  async #readOnce(signal: AbortSignal): Promise<void> {
    try {
      this.#take(await this.#read(signal), signal);
    } catch (error) {
      if ((error as Error | undefined)?.name === 'NotFoundError') this.#take(undefined, signal);
      else if (!signal.aborted) this.change({ isLoading: false, error: errorOf(error) });
    }
  }

  #take(value: Uint8Array | undefined, signal: AbortSignal): void {
    if (signal.aborted) return;
    const before = this.snapshot();
    const same = areSame(before.value, value);
    if (same && !before.isLoading && !before.error) return;
    this.change({ value: same ? before.value : value, isLoading: false, error: undefined });
  }
}

function areSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}
