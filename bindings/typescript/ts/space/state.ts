/** State of a space: values at paths, each change a message. */

import { bytesOrNone } from '../arguments.js';
import { type Bytes, bytesOf, type Content } from '../encoding.js';
import { createdOf, Message, type MessageCreated, type MessageRecord, type MessagesResponse, pageOf } from '../message.js';
import type { CallOptions, KeyOptions, MessageQuery, PostOptions } from '../options.js';
import { behind, Messages, rangeOf } from './messages.js';

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
    return createdOf(await this.begin((space) => space.setState(path, bytesOf(data), behind(options)), options));
  }

  /** Seals bytes, or text as UTF-8, with the space's key for state or a key of one's own, and sets them at a path. */
  async setEncryptedState(
    path: string,
    data: Content,
    options?: (PostOptions & KeyOptions) | string | null,
  ): Promise<MessageCreated> {
    const key = bytesOrNone('key', typeof options === 'object' ? options?.key : undefined);
    return createdOf(
      await this.begin((space) => space.setEncryptedState(path, bytesOf(data), key, behind(options)), options),
    );
  }

  /** Sets a tombstone: the path is empty from then on. */
  async deleteState(path: string, options: CallOptions = {}): Promise<MessageCreated> {
    return createdOf(await this.begin((space) => space.deleteState(path), options));
  }

  /**
   * Reads the value at a path, checked.
   *
   * @throws {@link NotFoundError} if nothing was ever set there.
   * @throws {@link ChainError} if the entry is not what it claims to be.
   */
  async getPlaintextState(path: string, options: CallOptions = {}): Promise<Bytes> {
    return await this.begin((space) => space.plaintextState(path), options);
  }

  /**
   * Reads and opens the value at a path, with the space's key for state or a key of one's own.
   *
   * @throws {@link DecryptionError} if it does not open.
   */
  async getEncryptedState(path: string, options: KeyOptions = {}): Promise<Bytes> {
    return await this.begin((space) => space.encryptedState(path, bytesOrNone('key', options.key)), options);
  }

  /** The newest message at a path, checked. */
  async getState(path: string, options: CallOptions = {}): Promise<Message> {
    return new Message(await this.begin<MessageRecord>((space) => space.state(path), options));
  }

  /** All changes of state, the oldest first, every one checked. */
  async getStateHistory(query: MessageQuery = {}): Promise<MessagesResponse> {
    return pageOf(await this.begin((space) => space.stateHistory(...rangeOf(query)), query));
  }
}
