/** One live stream for all hooks of a space. */

import type { AnchorLike, LiveHandle, MessageLike } from './handle.js';

/** Listener on a topic. */
export interface Listener<M> {
  /** From now on every message comes, until it fails. Also called when the stream is opened again. */
  opened?(): void;
  /** A message; one may come twice. */
  message(message: M): void;
  /** No more messages come. */
  failed(error: unknown): void;
}

interface Topic<M> {
  /** The stream gives the topic's messages after this one; null for all, undefined for those from now on. */
  anchor: AnchorLike | null | undefined;
  listeners: Set<Listener<M>>;
}

/** The stream of a space. It is open while somebody listens. */
export class SharedStream<M extends MessageLike> {
  static readonly #all = new WeakMap<object, SharedStream<MessageLike>>();

  readonly #space: LiveHandle<M>;
  readonly #topics = new Map<string, Topic<M>>();
  #running: AbortController | undefined;
  #isOpen = false;
  #scheduled = false;

  /** The one of a space. */
  static of<M extends MessageLike>(space: LiveHandle<M>): SharedStream<M> {
    let stream = SharedStream.#all.get(space) as SharedStream<M> | undefined;
    if (!stream) {
      stream = new SharedStream(space);
      SharedStream.#all.set(space, stream as unknown as SharedStream<MessageLike>);
    }
    return stream;
  }

  private constructor(space: LiveHandle<M>) {
    this.#space = space;
  }

  /**
   * Gives a listener the messages of a topic: those behind `anchor`, all with null, those from now on if it is left
   * out. Call what it returns to end that.
   */
  listen(topicId: string, listener: Listener<M>, anchor?: AnchorLike | null): () => void {
    let topic = this.#topics.get(topicId);
    if (topic) {
      topic.listeners.add(listener);
      if (isBefore(anchor, topic.anchor)) {
        // Others have heard already of what is to come once more.
        topic.anchor = anchor;
        this.#schedule();
      }
    } else {
      topic = { anchor, listeners: new Set([listener]) };
      this.#topics.set(topicId, topic);
      if (anchor !== undefined) this.#schedule();
    }
    if (!this.#running) this.#schedule();
    else if (this.#isOpen && !this.#scheduled) listener.opened?.();
    return () => this.#leave(topicId, topic, listener);
  }

  #leave(topicId: string, topic: Topic<M>, listener: Listener<M>): void {
    topic.listeners.delete(listener);
    if (topic.listeners.size === 0 && this.#topics.get(topicId) === topic) this.#topics.delete(topicId);
    if (this.#topics.size === 0) this.#stop();
  }

  #stop(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#isOpen = false;
  }

  /** Opens the stream anew, once for all that changes at a time. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#stop();
      if (this.#topics.size > 0) void this.#run((this.#running = new AbortController()));
    });
  }

  async #run(running: AbortController): Promise<void> {
    const { signal } = running;
    try {
      const follow: Record<string, AnchorLike | null> = {};
      for (const [id, { anchor }] of this.#topics) if (anchor !== undefined) follow[id] = anchor;
      const stream = this.#space.live({ follow, signal });
      await stream.open?.();
      if (signal.aborted) return;
      this.#isOpen = true;
      this.#tell((listener) => listener.opened?.());
      for await (const message of stream) {
        if (signal.aborted) return;
        const topic = this.#topics.get(message.topicId);
        if (!topic) continue;
        if (topic.anchor !== undefined) topic.anchor = message;
        for (const listener of [...topic.listeners]) listener.message(message);
      }
      if (!signal.aborted) throw new Error('the live stream has ended');
    } catch (error) {
      if (signal.aborted) return;
      this.#stop();
      this.#tell((listener) => listener.failed(error));
    }
  }

  #tell(what: (listener: Listener<M>) => void): void {
    const all = [...this.#topics.values()].flatMap(({ listeners }) => [...listeners]);
    for (const listener of all) what(listener);
  }
}

function isBefore(one: AnchorLike | null | undefined, other: AnchorLike | null | undefined): boolean {
  if (one === undefined || other === null) return false;
  return one === null || other === undefined || one.serverTimestamp < other.serverTimestamp;
}
