/** Messages of a space. */

import type { Bytes, Content } from '../encoding.js';
import type { LiveOptions, LiveStream } from '../live.js';
import {
  createdOf,
  Message,
  type MessageCreated,
  type MessageRecord,
  type MessagesResponse,
  pageOf,
  type WireMessage,
} from '../message.js';
import { callForBytes } from '../native.js';
import type { CallOptions, MessageQuery, PostOptions } from '../options.js';
import { Handle } from './handle.js';

/** How many messages a page has unless a program says so. */
const PAGE = 100;

/** Options of release 0.1.0, ignored now but for `useCache` of `getMessage`. */
export interface PublishedReadOptions extends CallOptions {
  /** Whether `getMessage` may give the message of the local store, true by default. Other methods ignore it. */
  useCache?: boolean | undefined;
  /** Has no effect. */
  validateChain?: boolean | undefined;
}

/** Posting, reading and following messages. */
export class Messages extends Handle {
  /**
   * Seals bytes, or text as UTF-8, with the topic's key and posts them. At most 76,772 bytes.
   *
   * Without `prevHash` the message is appended after the newest one, also if others post at the same time. With it, it is
   * appended directly after that message or not at all. Release 0.1.0 took `prevHash` itself in place of `options`.
   *
   * @throws {@link ConflictError} if `prevHash` is not the newest message.
   * @throws {@link AuthorizationError} if the member may not post to the topic.
   *
   * @example
   * ```ts
   * const { messageHash } = await space.postEncryptedMessage('general', 'chat.text', 'Hello!');
   * ```
   */
  async postEncryptedMessage(
    topicId: string,
    type: string,
    data: Content,
    options?: PostOptions | string | null,
  ): Promise<MessageCreated> {
    return await this.#post(topicId, type, data, options, true);
  }

  /** Posts bytes, or text as UTF-8, as they are: the server can read them. At most 76,800 bytes. */
  async postMessage(
    topicId: string,
    type: string,
    data: Content,
    options?: PostOptions | string | null,
  ): Promise<MessageCreated> {
    return await this.#post(topicId, type, data, options, false);
  }

  async #post(
    topicId: string,
    type: string,
    data: Content,
    options: PostOptions | string | null | undefined,
    sealed: boolean,
  ): Promise<MessageCreated> {
    return createdOf(
      await this.begin('Post', { topicId, type, data, prevHash: prevHashOf(options), sealed }, options),
    );
  }

  /**
   * Reads messages of a topic, the oldest first, every one checked: its hash, its signature, its sender's right to post
   * it, and the order.
   *
   * @throws {@link AuthorizationError} if the member may not read the topic.
   * @throws {@link ChainError} if a message is not what it claims to be.
   *
   * @example
   * ```ts
   * const { messages } = await space.getMessages('general', { limit: 50 });
   * for (const message of messages) console.log(bytesToString(space.decryptMessageData(message)));
   *
   * const newest = await space.getMessages('general', { from: Number.MAX_SAFE_INTEGER, to: 0, limit: 10 });
   * ```
   */
  async getMessages(
    topicId: string,
    query: MessageQuery = {},
    options: PublishedReadOptions = {},
  ): Promise<MessagesResponse> {
    const { signal = options.signal } = query;
    return pageOf(await this.begin('Messages', { topicId, ...rangeOf(query) }, { signal }));
  }

  /**
   * Reads one message by its id, checked; from the local store if it is there, unless `useCache` is false.
   *
   * @throws {@link NotFoundError} if there is none.
   */
  async getMessage(topicId: string, messageHash: string, options: PublishedReadOptions = {}): Promise<Message> {
    const useCache = options.useCache ?? true;
    return new Message(await this.begin('Message', { topicId, messageHash, useCache }, options));
  }

  /** Returns the id of the topic's newest message; null while it is empty. */
  async getHead(topicId: string, options: CallOptions = {}): Promise<string | null> {
    return (await this.begin('Head', { topicId }, options)) ?? null;
  }

  /**
   * Opens the data of a message that was posted with {@link postEncryptedMessage}. Returns at once.
   *
   * @param topicId By default the message's own.
   * @throws {@link DecryptionError} if it does not open: it is of another topic, or was posted in the clear.
   */
  decryptMessageData(message: Pick<WireMessage, 'data' | 'topic_id'>, topicId: string = message.topic_id): Bytes {
    return callForBytes(() => this.compiled().openData(topicId, message.data));
  }

  /**
   * Gives every message that is stored from now on and that the member may read, checked, none left out; with `follow` also
   * earlier ones. A connection that breaks is opened again, and what was missed is fetched.
   *
   * The stream opens when its first message is asked for, or by `open()`; this needs the server, and fails if it cannot be
   * reached. Leaving the loop closes the stream, as does closing the space.
   *
   * @throws {@link StreamError} from the loop, if the stream cannot be opened or fails.
   *
   * @example
   * ```ts
   * for await (const message of space.live({ follow: { general: null }, signal })) {
   *   console.log(bytesToString(space.decryptMessageData(message)));
   * }
   * ```
   */
  live(options: LiveOptions = {}): LiveStream {
    const { follow = {}, firstPause, longestPause, silence } = options;
    const after = Object.entries(follow).map(([topicId, anchor]) =>
      anchor === null ? [topicId] : [topicId, anchor.messageHash, anchor.serverTimestamp],
    );
    return this.stream('OpenStream', { follow: after, firstPause, longestPause, silence }, options, messagesOf);
  }
}

/** The message of a frame; others are the server's pings. */
function messagesOf(frame: unknown): Message[] {
  return frame === undefined ? [] : [new Message(frame as MessageRecord)];
}

/** The place that options name: undefined for after the newest, null for the first of the topic. */
export function prevHashOf(options: PostOptions | string | null | undefined): string | null | undefined {
  return typeof options === 'object' && options !== null ? options.prevHash : options;
}

/** The range of a query. */
export function rangeOf({ from, to, limit = PAGE }: MessageQuery): Required<Pick<MessageQuery, 'from' | 'to'>> & { limit: number } {
  return { from, to, limit };
}
