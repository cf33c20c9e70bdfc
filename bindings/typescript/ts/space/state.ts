/** State of a space: values at paths, each change a message. */

import type { Bytes, Content } from '../encoding.js';
import { createdOf, Message, type MessageCreated, type MessagesResponse, pageOf } from '../message.js';
import type { CallOptions, KeyOptions, MessageQuery, PostOptions } from '../options.js';
import { Messages, prevHashOf, rangeOf } from './messages.js';

/** Reading and setting state. */
export class State extends Messages {
  /**
   * Sets bytes, or text as UTF-8, at a state path. The server can read them. Release 0.1.0 took `prevHash` itself in
   * place of `options`.
   *
   * @throws {@link AuthorizationError} if the member may not write there.
   *
   * @example
   * ```ts
   * await space.setPlaintextState('profiles/alice', JSON.stringify({ name: 'Alice' }));
   * ```
   */
  async setPlaintextState(path: string, data: Content, options?: PostOptions | string | null): Promise<MessageCreated> {
    return await this.#set(path, data, options, false);
  }

  /** Seals bytes, or text as UTF-8, with the space's key for state or your own key, and sets them at a path. */
  async setEncryptedState(
    path: string,
    data: Content,
    options?: (PostOptions & KeyOptions) | string | null,
  ): Promise<MessageCreated> {
    return await this.#set(path, data, options, true);
  }

  async #set(
    path: string,
    data: Content,
    options: (PostOptions & KeyOptions) | string | null | undefined,
    sealed: boolean,
  ): Promise<MessageCreated> {
    const key = typeof options === 'object' ? options?.key : undefined;
    return createdOf(await this.begin('SetState', { path, data, prevHash: prevHashOf(options), sealed, key }, options));
  }

  /** Removes the value at a path: it is empty from then on. The history keeps the earlier ones. */
  async deleteState(path: string, options: CallOptions = {}): Promise<MessageCreated> {
    return createdOf(await this.begin('DeleteState', { path }, options));
  }

  /**
   * Reads the value at a path, checked.
   *
   * @throws {@link NotFoundError} if nothing was ever set there.
   * @throws {@link ChainError} if the entry is not what it claims to be.
   */
  async getPlaintextState(path: string, options: CallOptions = {}): Promise<Bytes> {
    return await this.begin('StateValue', { path }, options);
  }

  /**
   * Reads and opens the value at a path, with the space's key for state or your own key.
   *
   * @throws {@link DecryptionError} if it does not open.
   */
  async getEncryptedState(path: string, options: KeyOptions = {}): Promise<Bytes> {
    return await this.begin('OpenState', { path, key: options.key }, options);
  }

  /** Reads the newest message at a path, checked. */
  async getState(path: string, options: CallOptions = {}): Promise<Message> {
    return new Message(await this.begin('State', { path }, options));
  }

  /** Reads changes of state, oldest first, every one checked. */
  async getStateHistory(query: MessageQuery = {}): Promise<MessagesResponse> {
    return pageOf(await this.begin('StateHistory', rangeOf(query), query));
  }
}
