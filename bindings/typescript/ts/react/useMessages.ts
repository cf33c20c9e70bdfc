/** The messages of a topic, as they come. */

import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { type AnyContent, encoded } from '../content.js';
import type { AnchorLike, MessageLike, MessagesHandle } from './handle.js';
import { Topic, type TopicSnapshot } from './topic.js';

/** Options of `useMessages`. */
export interface UseMessagesOptions {
  /** Most messages to show, 1 to 1000, 100 by default. To show earlier ones, raise it. */
  limit?: number | undefined;
}

/** A topic, as far as it is known. */
export interface Messages<M extends MessageLike> extends TopicSnapshot<M> {
  /** Seals bytes, text or a value of JSON and posts it. The message is in `messages` when it comes back. */
  post: (type: string, content: AnyContent) => Promise<AnchorLike>;
  /** Reads all of it again. */
  reload: () => void;
}

/**
 * The newest messages of a topic, and those that come. Until the server answers, those that the local store has. Failures
 * that may pass are tried again. All hooks of a space share one live stream.
 *
 * @param space The handle; with undefined it waits for it.
 *
 * @example
 * ```tsx
 * const { messages, post, isLoading, error } = useMessages(space, 'general', { limit: 50 });
 * if (error) return <p>{error.message}</p>;
 * return (
 *   <>
 *     <ul>{messages.map(({ id, message, text }) => <li key={id}>{message.sender}: {text}</li>)}</ul>
 *     <button disabled={isLoading} onClick={() => post('chat.text', 'Hello!')}>Greet</button>
 *   </>
 * );
 * ```
 */
export function useMessages<M extends MessageLike>(
  space: MessagesHandle<M> | undefined,
  topicId: string,
  { limit = 100 }: UseMessagesOptions = {},
): Messages<M> {
  const topic = useMemo(() => space && new Topic(space, topicId, limit), [space, topicId, limit]);
  const snapshot = useSyncExternalStore<TopicSnapshot<M>>(topic?.subscribe ?? never, topic?.snapshot ?? empty, empty);
  const post = useCallback(
    async (type: string, content: AnyContent) => {
      if (!space) throw new Error('there is no space yet to post to');
      return await space.postEncryptedMessage(topicId, type, encoded(content));
    },
    [space, topicId],
  );
  return { ...snapshot, post, reload: topic?.reload ?? nothing };
}

const nothing = (): void => {};
const never = (): (() => void) => nothing;
const empty = (): TopicSnapshot<never> => Topic.EMPTY;
