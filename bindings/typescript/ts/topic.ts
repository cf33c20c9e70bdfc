/** Topics and their messages. */

import { type AnyContent, encoded, Opened } from './content.js';
import type { Bytes } from './encoding.js';
import type { Anchor, LiveStream } from './live.js';
import { createdOf, Message, type MessageCreated, type OpenedRecord } from './message.js';
import type { CallOptions, PostOptions } from './options.js';
import type { Runner } from './runner.js';

/** A message with its content. */
export class TopicMessage extends Message {
  readonly #opened: Opened;

  /** @internal */
  constructor([record, content]: OpenedRecord) {
    super(record);
    this.#opened = new Opened(content);
  }

  /** Whether it was sealed with the topic's key, and opens. */
  get isOpen(): boolean {
    return this.#opened.content !== undefined;
  }

  /** The content as bytes. Throws a {@link DecryptionError} if it does not open. */
  get bytes(): Bytes {
    return this.#opened.bytes;
  }

  /** The content as text. Throws a {@link ValidationError} if it is not UTF-8. */
  get text(): string {
    return this.#opened.text;
  }

  /** The content, parsed as JSON. Throws a {@link ValidationError} if it is none. */
  json<Value = unknown>(): Value {
    return this.#opened.json<Value>();
  }
}

/** Options of a history or a stream. */
export interface AfterOptions extends CallOptions {
  /** Begin after this message. */
  after?: Anchor | undefined;
}

/** Options of a live stream of a topic, which begins now by default. */
export interface TopicLiveOptions extends AfterOptions {
  /** Begin with the topic's first message. */
  fromStart?: boolean | undefined;
}

/**
 * A topic of a space, from `space.topic(...)`. Its messages are sealed with the topic's key.
 *
 * @example
 * ```ts
 * const topic = space.topic('general');
 * await topic.post('chat.text', 'Hello!');
 * for await (const message of topic.history()) console.log(message.sender, message.text);
 * ```
 */
export class Topic {
  readonly #runner: Runner;

  /** @internal */
  constructor(
    runner: Runner,
    /** Its name. */
    readonly topicId: string,
  ) {
    this.#runner = runner;
  }

  /**
   * Seals bytes, text or a value of JSON with the topic's key and posts it. At most 76,772 bytes.
   *
   * @throws {@link ConflictError} if `prevHash` is given and not the newest message.
   * @throws {@link AuthorizationError} if the member may not post to the topic.
   *
   * @example
   * ```ts
   * await space.topic('tasks').post('task.new', { title: 'Water the plants' });
   * ```
   */
  async post(type: string, content: AnyContent, options: PostOptions = {}): Promise<MessageCreated> {
    const { topicId } = this;
    const given = { topicId, type, data: encoded(content), prevHash: options.prevHash, sealed: true };
    return createdOf(await this.#runner.begin('Post', given, options));
  }

  /** Gives the stored messages of the topic, oldest first, every one checked: all, or those after `options.after`. */
  history(options: AfterOptions = {}): LiveStream<TopicMessage> {
    const given = { topicId: this.topicId, after: positionOf(options.after) };
    return this.#runner.stream('History', given, options, pageOf);
  }

  /** Reads the newest messages, oldest first, every one checked: at most `count`, 50 by default. */
  async newest(count = 50, options: CallOptions = {}): Promise<TopicMessage[]> {
    return pageOf(await this.#runner.begin('Newest', { topicId: this.topicId, count }, options));
  }

  /**
   * Gives the messages of the topic as they are stored, from now on or from where `options` say, none left out, also over
   * lost connections. The server is needed to open the stream: if it cannot be reached, the first read of the stream fails.
   * {@link follow} waits for it.
   *
   * @example
   * ```ts
   * for await (const message of space.topic('general').live({ fromStart: true, signal })) console.log(message.text);
   * ```
   */
  live(options: TopicLiveOptions = {}): LiveStream<TopicMessage> {
    const { fromStart = false, after } = options;
    const given = { topicId: this.topicId, fromStart, after: positionOf(after) };
    return this.#runner.stream('Live', given, options, pageOf);
  }

  /**
   * Gives all messages of the topic in order, each once, and then new ones as they are stored. It begins with those that
   * `localStore` has, without asking the server. While the server cannot be reached it waits, also at the beginning;
   * `space.onStatus` reports the connection.
   *
   * @example
   * ```ts
   * for await (const message of space.topic('notes').follow({ signal })) console.log(message.text);
   * ```
   */
  follow(options: AfterOptions = {}): LiveStream<TopicMessage> {
    const given = { topicId: this.topicId, after: positionOf(options.after) };
    return this.#runner.stream('Follow', given, options, pageOf);
  }

  /**
   * Reads one message by its hash, checked; from the local store if it is there.
   *
   * @throws {@link NotFoundError} if there is none.
   */
  async message(messageHash: string, options: CallOptions = {}): Promise<TopicMessage> {
    const given = { topicId: this.topicId, messageHash };
    return new TopicMessage(await this.#runner.begin('OpenMessage', given, options));
  }

  /**
   * Reads the newest messages in the local store, oldest first: at most `limit`, 100 by default. The server is not asked, and
   * may have more.
   *
   * @throws {@link ValidationError} if the space was opened without `localStore`.
   */
  async stored(limit = 100, options: CallOptions = {}): Promise<TopicMessage[]> {
    const given = { topicId: this.topicId, from: Number.MAX_SAFE_INTEGER, to: 0, limit };
    return pageOf(await this.#runner.begin('StoredMessages', given, options)).reverse();
  }
}

function positionOf(anchor: Anchor | undefined): [string, number] | undefined {
  return anchor && [anchor.messageHash, anchor.serverTimestamp];
}

function pageOf(page: unknown): TopicMessage[] {
  return (page as OpenedRecord[]).map((record) => new TopicMessage(record));
}
