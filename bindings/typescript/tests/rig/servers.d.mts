import type { Context } from '../scenarios/context.js';

/** What is started, and stopped in order. */
export interface Servers extends Context {
  /** With `verify` everything that was stored is checked: hashes, signatures, rights. */
  stop(options?: { verify?: boolean }): Promise<void>;
  /** Stops the first server, does something, and starts it again where it was; its tokens are other ones then. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
}

/** Starts both servers of {@link Context}. */
export function start(): Promise<Servers>;
