/** A value that components can observe; it is kept up to date while they do. */

/** Its value, and who is told when that changes. Works while it is observed. */
export abstract class Observed<T> {
  #snapshot: T;
  readonly #listeners = new Set<() => void>();
  #ending: AbortController | undefined;

  constructor(snapshot: T) {
    this.#snapshot = snapshot;
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (!this.#ending) this.#begin();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#ending?.abort();
      this.#ending = undefined;
    };
  };

  /** For `useSyncExternalStore`. */
  readonly snapshot = (): T => this.#snapshot;

  /** Whether somebody observes it. */
  protected get isObserved(): boolean {
    return this.#ending !== undefined;
  }

  /** Begins again, if it is observed. */
  readonly reload = (): void => {
    if (!this.#ending) return;
    this.#ending.abort();
    this.#begin();
  };

  #begin(): void {
    const { signal } = (this.#ending = new AbortController());
    this.work(signal);
  }

  /** Keeps the value up to date, until the signal aborts. Nothing may change after that. */
  protected abstract work(signal: AbortSignal): void;

  /** Changes the value. */
  protected change(changes: Partial<T>): void {
    this.#snapshot = { ...this.#snapshot, ...changes };
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Converts a thrown value to an error. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
