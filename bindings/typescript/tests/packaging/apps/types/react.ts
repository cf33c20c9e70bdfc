import { type Message, Space, type SpaceOptions } from 'reeeductio';
import { type Messages, useData, useMessages, useSpace, useSpaceState } from 'reeeductio/react';

interface Task {
  title: string;
}

/** Every hook takes a space as it is. */
export function useAll(options: SpaceOptions, task: Task): string | undefined {
  const { space, error } = useSpace((signal) => Space.open({ ...options, signal }), [options]);
  const general: Messages<Message> = useMessages(space, 'general', { limit: 50 });
  const profile = useSpaceState(space, 'profiles/ann');
  const presence = useData(space, 'presence/ann', { interval: 1000 });
  void general.post('task.new', task);
  void presence.set(task).then(() => presence.json<Task>()?.title);
  const parts: (Uint8Array<ArrayBuffer> | undefined)[] = [general.messages[0]?.data, presence.value];
  const title = general.messages[0]?.json<Task>()?.title ?? String(parts.length);
  return title ?? error?.message ?? general.messages.at(-1)?.message.sender ?? profile.text ?? presence.text;
}

// @ts-expect-error something that is no space
export const useWrong = () => useMessages(1, 'general');
