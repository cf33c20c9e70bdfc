/** Outbox: messages that are kept on this machine until the server has stored them. */

import { type AnyContent, encoded, Opened } from './content.js';
import type { Bytes } from './encoding.js';
import { MessageCreated } from './message.js';
import type { CallOptions } from './options.js';
import type { Runner } from './runner.js';

/** A message that waits to be sent, with its content. */
export class WaitingMessage extends Opened {
  /** @internal */
  constructor(
    /** Its number in the outbox. */
    readonly number: number,
    /** Its topic. */
    readonly topicId: string,
    /** Its type. */
    readonly type: string,
    content: Bytes | undefined,
  ) {
    super(content);
  }
}

/** A message that was sent. */
export interface SentMessage {
  /** Its number in the outbox. */
  readonly number: number;
  /** Where it was stored. */
  readonly created: MessageCreated;
}

/**
 * The outbox of a space that was opened with `localStore`: messages are stored once, whatever breaks. Nothing is sent by
 * itself: call {@link send}, or let {@link keepSending} run.
 *
 * @example
 * ```ts
 * await space.outbox.add('general', 'chat.text', 'Hello!');
 * await space.outbox.send();
 * ```
 */
export class Outbox {
  readonly #runner: Runner;

  /** @internal */
  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /**
   * Seals bytes, text or a value of JSON with the topic's key, keeps it, and returns its number in the outbox.
   *
   * @throws {@link ValidationError} if the space was opened without `localStore`.
   */
  async add(topicId: string, type: string, content: AnyContent, options: CallOptions = {}): Promise<number> {
    return await this.#runner.begin('AddToOutbox', { topicId, type, data: encoded(content), sealed: true }, options);
  }

  /** Returns the messages that wait, oldest first: at most `limit`, 100 by default. */
  async waiting(limit = 100, options: CallOptions = {}): Promise<WaitingMessage[]> {
    const waiting = await this.#runner.begin('Outbox', { limit }, options);
    return waiting.map((record) => new WaitingMessage(...record));
  }

  /** Removes a message that waits. If it was being sent at that moment, it may have been stored all the same. */
  async discard(number: number, options: CallOptions = {}): Promise<void> {
    await this.#runner.begin('DiscardFromOutbox', { number }, options);
  }

  /**
   * Sends all messages that wait, in order. After an error those that were not sent still wait. A message that the server
   * refuses for good holds up later ones of its topic only; the error comes once the others are sent, and `details.number`
   * names the message, for {@link discard}.
   */
  async send(options: CallOptions = {}): Promise<SentMessage[]> {
    const sent = await this.#runner.begin('SendOutbox', {}, options);
    return sent.map(([number, hash, time]) => ({ number, created: new MessageCreated(hash, time) }));
  }

  /**
   * Sends messages that wait and messages that are added, and tries again when the network fails. Runs until `signal` aborts,
   * or until the server refuses a message for good; then it rejects as {@link send} does.
   */
  async keepSending(options: CallOptions = {}): Promise<void> {
    await this.#runner.begin('KeepSending', {}, options);
  }
}
