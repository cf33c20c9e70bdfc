/** Data of a space: values at paths without a history. */

import { DataEntry, DataSet } from '../data.js';
import type { Bytes, Content } from '../encoding.js';
import type { CallOptions, KeyOptions } from '../options.js';
import { State } from './state.js';

/** Reading and setting data. */
export class Data extends State {
  /** Sets bytes, or text as UTF-8. The server can read them. */
  async setPlaintextData(path: string, data: Content, options: CallOptions = {}): Promise<DataSet> {
    return new DataSet(path, await this.begin('SetData', { path, data, sealed: false }, options));
  }

  /**
   * Seals and sets bytes, or text as UTF-8, with the space's key for data or your own key.
   *
   * @throws {@link AuthorizationError} if the member may not write there.
   */
  async setEncryptedData(path: string, data: Content, options: KeyOptions = {}): Promise<DataSet> {
    return new DataSet(path, await this.begin('SetData', { path, data, sealed: true, key: options.key }, options));
  }

  /**
   * Reads a value. Its signature and its signer's right are checked.
   *
   * @throws {@link NotFoundError} if nothing is there.
   * @throws {@link ChainError} if it is not what it claims to be, or older than one seen before.
   */
  async getPlaintextData(path: string, options: CallOptions = {}): Promise<Bytes> {
    return await this.begin('DataValue', { path }, options);
  }

  /**
   * Reads and opens a value, with the space's key for data or your own key.
   *
   * @throws {@link DecryptionError} if it does not open.
   */
  async getEncryptedData(path: string, options: KeyOptions = {}): Promise<Bytes> {
    return await this.begin('OpenData', { path, key: options.key }, options);
  }

  /** Reads a value with its signature, checked. */
  async getDataEntry(path: string, options: CallOptions = {}): Promise<DataEntry> {
    return new DataEntry(...(await this.begin('DataEntry', { path }, options)));
  }

  /** Removes a value; nothing happens if there is none. */
  async deleteData(path: string, options: CallOptions = {}): Promise<void> {
    await this.begin('DeleteData', { path }, options);
  }

  /** Seals and sets a value of the user's own data, which other members cannot open. Needs `userSymmetricKey`. */
  async setEncryptedUserData(path: string, data: Content, options: CallOptions = {}): Promise<DataSet> {
    return new DataSet(path, await this.begin('SetUserData', { path, data }, options));
  }

  /** Reads and opens a value of the user's own data. Needs `userSymmetricKey`. */
  async getEncryptedUserData(path: string, options: CallOptions = {}): Promise<Bytes> {
    return await this.begin('OpenUserData', { path }, options);
  }

  /** Removes a value of the user's own data; nothing happens if there is none. */
  async deleteUserData(path: string, options: CallOptions = {}): Promise<void> {
    await this.begin('DeleteUserData', { path }, options);
  }
}
