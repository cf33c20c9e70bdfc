/** A value that components can observe; it is kept up to date while they do. */

import { Retry } from './retry.js';

/** Its value, and who is told when that changes. Works while it is observed. */
export abstract class Observed<T> {
  #snapshot: T;
  readonly #listeners = new Set<() => void>();
  #ending: AbortController | undefined;
  /** Begins the work again after failures that may pass. */
  protected readonly retry: Retry = new Retry(() => this.#restart());

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

  /** Begins again as the program asks for it, if it is observed. */
  readonly reload = (): void => {
    this.retry.succeeded();
    this.forget();
    this.#restart();
  };

  #restart(): void {
    if (!this.#ending) return;
    this.#ending.abort();
    this.#begin();
  }

  #begin(): void {
    const { signal } = (this.#ending = new AbortController());
    this.work(signal);
  }

  /** Keeps the value up to date, until the signal aborts. Nothing read may be shown after that. */
  protected abstract work(signal: AbortSignal): void;

  /** Forgets an error that stays until the program asks for a reload. */
  protected forget(): void {}

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
