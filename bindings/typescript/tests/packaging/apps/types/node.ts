import { countStoredMessages, type LocalStore, Space, type SpaceOptions } from 'reeeductio';
import { FileStore } from 'reeeductio/node';

/** A space takes the store as it is. */
export async function remembering(options: SpaceOptions): Promise<number> {
  const localStore = await FileStore.open('seen.db');
  const isStore: LocalStore = localStore;
  const space = new Space({ ...options, localStore });
  await space.close();
  await localStore.compact();
  const count = await countStoredMessages(isStore, options.spaceId);
  await localStore.close();
  return count;
}

// @ts-expect-error it is opened, not made
export const wrong = () => new FileStore('seen.db');
