/** The hooks take a `Space` as it is, and say what comes of it; compiled, never run. */

import { type LocalStore, type Message, MemoryStore, Space, type SpaceOptions, type Status } from '../../ts/index.js';
import { type MessagesHandle, useData, useMessages, useSpace, useSpaceState, useStatus } from '../../ts/react.js';
import { KeyVault } from '../../ts/vault.js';

export const isHandle = (space: Space): MessagesHandle<Message> => space;

export const isStore: LocalStore = new MemoryStore();

export function Shown({ options }: { options: SpaceOptions }): string | undefined {
  const { space, error } = useSpace((signal) => Space.open({ ...options, signal }), [options]);
  const { messages, post } = useMessages(space, 'general', { limit: 50 });
  const newest: Message | undefined = messages.at(-1)?.message;
  const profile = useSpaceState(space, 'profiles/ann', { plaintext: true });
  const presence = useData(space, 'presence/ann', { interval: 1000 });
  void post('chat.text', 'Hello!').then(({ messageHash }) => messageHash);
  const status: Status = useStatus(space);
  void presence.set(new Uint8Array(1));
  return error?.message ?? newest?.topicId ?? profile.text ?? status;
}

export async function remembered(baseUrl: string): Promise<Space | undefined> {
  const vault = await KeyVault.open();
  const credentials = await vault.load('ann');
  return credentials && new Space({ ...credentials, baseUrl });
}

export const remember = async (vault: KeyVault, options: SpaceOptions): Promise<void> => {
  const { spaceId, keyPair, symmetricRoot, memberId, userSymmetricKey } = options;
  await vault.save('ann', { spaceId, keyPair, symmetricRoot, memberId, userSymmetricKey });
};
