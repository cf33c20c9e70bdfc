/** Runs operations for the parts of a handle. */

import type { LiveStream } from './live.js';
import type { Operations } from './operations.js';
import type { CallOptions } from './options.js';

/** A handle, as its parts see it. @internal */
export interface Runner {
  begin<Name extends keyof Operations>(
    name: Name,
    given: Operations[Name]['arguments'],
    options: CallOptions,
  ): Promise<Operations[Name]['answer']>;
  stream<Name extends keyof Operations, Item>(
    name: Name,
    given: Operations[Name]['arguments'],
    options: CallOptions,
    items: (answer: unknown) => readonly Item[],
  ): LiveStream<Item>;
}
