/** Messages in a local store, without a handle on their space. */

import { refused, store as checkedStore, text } from './arguments.js';
import { run } from './native.js';
import type { CallOptions } from './options.js';
import type { LocalStore } from './store.js';

/** Which messages are deleted. */
export interface DeleteStoredOptions extends CallOptions {
  /** Of one topic; of all if it is left out. */
  topicId?: string | undefined;
  /** Before a time, in Unix milliseconds of the server's clock; all of them if it is left out. */
  before?: number | undefined;
}

/** How many messages of a space a store holds. */
export async function countStoredMessages(
  store: LocalStore,
  spaceId: string,
  options: CallOptions = {},
): Promise<number> {
  text('spaceId', spaceId);
  checkedStore('store', store);
  return await run((native) => native.countMessages(store, spaceId), options.signal);
}

/**
 * Deletes messages of a space from a store, and returns how many. How far topics were seen stays: a server that goes
 * back in time is still detected.
 */
export async function deleteStoredMessages(
  store: LocalStore,
  spaceId: string,
  options: DeleteStoredOptions = {},
): Promise<number> {
  const { topicId, before, signal } = options;
  text('spaceId', spaceId);
  checkedStore('store', store);
  if (topicId !== undefined) text('topicId', topicId);
  if (before !== undefined && (typeof before !== 'number' || Number.isNaN(before))) {
    throw refused('before', 'must be a time in milliseconds');
  }
  return await run((native) => native.deleteMessages(store, spaceId, topicId, before), signal);
}
