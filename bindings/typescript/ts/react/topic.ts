/** The newest messages of a topic. */

import { Opened } from '../content.js';
import type { Bytes } from '../encoding.js';
import type { MessageLike, MessagesHandle } from './handle.js';
import { errorOf, Observed } from './observed.js';
import { SharedStream } from './stream.js';

/** A message and its opened content. */
export class OpenedMessage<M extends MessageLike = MessageLike> {
  /** The message as it is stored. */
  readonly message: M;
  /** Opened content; undefined if it does not open. */
  readonly data: Bytes | undefined;
  /** Why it does not open: it was posted in the clear, or with another key. */
  readonly error: Error | undefined;
  #text: string | undefined;

  /** @internal */
  constructor(message: M, open: (message: M) => Bytes) {
    this.message = message;
    try {
      this.data = open(message);
    } catch (error) {
      this.error = errorOf(error);
    }
  }

  /** Its id, for `key`. */
  get id(): string {
    return this.message.messageHash;
  }

  /** Opened content as text; undefined if it does not open. */
  get text(): string | undefined {
    this.#text ??= this.data && new TextDecoder().decode(this.data);
    return this.#text;
  }

  /**
   * Returns the opened content, parsed as JSON; undefined if it does not open. Throws a {@link ValidationError} if it is not
   * JSON.
   */
  json<Content = unknown>(): Content | undefined {
    return this.data && new Opened(this.data).json<Content>();
  }
}

/** Known state of a topic. */
export interface TopicSnapshot<M extends MessageLike> {
  /** The newest messages, the oldest of them first. */
  messages: readonly OpenedMessage<M>[];
  /** Whether the topic has earlier ones. */
  hasMore: boolean;
  /** Whether nothing is known yet: neither from the local store nor from the server. */
  isLoading: boolean;
  /** Why they could not be read, or why no more of them come. */
  error: Error | undefined;
}

/** The newest messages of a topic, while somebody observes them. */
export class Topic<M extends MessageLike> extends Observed<TopicSnapshot<M>> {
  static readonly EMPTY: TopicSnapshot<never> = { messages: [], hasMore: false, isLoading: true, error: undefined };

  readonly #space: MessagesHandle<M>;
  readonly #id: string;
  readonly #limit: number;

  constructor(space: MessagesHandle<M>, id: string, limit: number) {
    super(Topic.EMPTY);
    this.#space = space;
    this.#id = id;
    this.#limit = limit;
  }

  protected async work(signal: AbortSignal): Promise<void> {
    if (this.snapshot().isLoading) await this.#showStored(signal);
    if (signal.aborted) return;
    try {
      const newest = { from: Number.MAX_SAFE_INTEGER, to: 0, limit: this.#limit };
      const { messages, hasMore } = await this.#space.getMessages(this.#id, { ...newest, signal });
      if (signal.aborted) return;
      this.change({ messages: this.#opened(messages), hasMore, isLoading: false, error: undefined });
      this.#listen(messages.at(-1) ?? null, signal);
    } catch (error) {
      this.#failed(error, signal);
    }
  }

  /** Shows what the local store has, until the server answers. */
  async #showStored(signal: AbortSignal): Promise<void> {
    // Without a store there is nothing; what is wrong with one is told when the server is asked.
    const reading = async () => await this.#space.topic?.(this.#id).stored(this.#limit, { signal });
    const stored = (await reading().catch(() => undefined)) ?? [];
    if (signal.aborted || stored.length === 0) return;
    this.change({ messages: this.#opened(stored), hasMore: stored.length >= this.#limit, isLoading: false });
  }

  #failed(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.change({ isLoading: false, error: errorOf(error) });
    this.retry.failed(error, signal);
  }

  #listen(anchor: M | null, signal: AbortSignal): void {
    const listener = {
      // Also when others had the stream opened again: it goes on after the last message.
      opened: () => {
        this.retry.succeeded();
        if (this.snapshot().error) this.change({ error: undefined });
      },
      message: (message: M) => this.#append(message),
      failed: (error: unknown) => this.#failed(error, signal),
    };
    const leave = SharedStream.of(this.#space).listen(this.#id, listener, anchor);
    signal.addEventListener('abort', leave, { once: true });
  }

  #append(message: M): void {
    const { messages, hasMore } = this.snapshot();
    if (messages.some(({ id }) => id === message.messageHash)) return;
    const last = messages.at(-1)?.message;
    // A message that comes once more for others, and is here no longer.
    if (last && message.serverTimestamp < last.serverTimestamp) return;
    const all = [...messages, ...this.#opened([message])];
    this.change({ messages: all.slice(-this.#limit), hasMore: hasMore || all.length > this.#limit });
  }

  /** Opens those that were not. */
  #opened(messages: readonly M[]): OpenedMessage<M>[] {
    const known = new Map(this.snapshot().messages.map((each) => [each.id, each]));
    const open = (message: M): Bytes => this.#space.decryptMessageData(message);
    return messages.map((message) => known.get(message.messageHash) ?? new OpenedMessage(message, open));
  }
}
