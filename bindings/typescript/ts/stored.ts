/** Messages in a local store, without opening their space. */

import { refused, store as checkedStore, text } from './arguments.js';
import { run } from './native.js';
import type { CallOptions } from './options.js';
import type { LocalStore } from './store.js';

/** The messages to delete. */
export interface DeleteStoredOptions extends CallOptions {
  /** Only those of this topic; by default of all topics. */
  topicId?: string | undefined;
  /** Only those before this time, in Unix milliseconds of the server's clock; by default all. */
  before?: number | undefined;
}

/** Returns how many messages of a space a store holds. */
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
 * Deletes messages of a space from a store, and returns how many. The store still knows how far each topic was seen, so a
 * server that goes back in time is still detected.
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
