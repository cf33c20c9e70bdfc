/** Data of a space: values at paths without a history. */

import { bytesOrNone, refused } from '../arguments.js';
import { DataEntry, DataSet } from '../data.js';
import { type Bytes, bytesOf, type Content } from '../encoding.js';
import type { CallOptions, KeyOptions } from '../options.js';
import { State } from './state.js';

/** Reading and setting data. */
export class Data extends State {
  /** Sets bytes, or text as UTF-8. The server can read them. */
  async setPlaintextData(path: string, data: Content, options: CallOptions = {}): Promise<DataSet> {
    return new DataSet(path, await this.begin((space) => space.setPlaintextData(path, bytesOf(data)), options));
  }

  /**
   * Seals and sets bytes, or text as UTF-8, with the space's key for data or a key of one's own.
   *
   * @throws {@link AuthorizationError} if the member may not write there.
   */
  async setEncryptedData(path: string, data: Content, options: KeyOptions = {}): Promise<DataSet> {
    const key = bytesOrNone('key', options.key);
    return new DataSet(path, await this.begin((space) => space.setEncryptedData(path, bytesOf(data), key), options));
  }

  /**
   * Reads a value, its signature and its signer's right checked.
   *
   * @throws {@link NotFoundError} if nothing is there.
   * @throws {@link ChainError} if it is not what it claims to be, or older than one seen before.
   */
  async getPlaintextData(path: string, options: CallOptions = {}): Promise<Bytes> {
    return await this.begin((space) => space.plaintextData(path), options);
  }

  /**
   * Reads and opens a value, with the space's key for data or a key of one's own.
   *
   * @throws {@link DecryptionError} if it does not open.
   */
  async getEncryptedData(path: string, options: KeyOptions = {}): Promise<Bytes> {
    return await this.begin((space) => space.encryptedData(path, bytesOrNone('key', options.key)), options);
  }

  /** Reads a value with its signature, checked. */
  async getDataEntry(path: string, options: CallOptions = {}): Promise<DataEntry> {
    type Raw = ConstructorParameters<typeof DataEntry>;
    return new DataEntry(...(await this.begin<Raw>((space) => space.dataEntry(path), options)));
  }

  /** Removes a value; nothing happens if there is none. */
  async deleteData(path: string, options: CallOptions = {}): Promise<void> {
    await this.begin((space) => space.deleteData(path), options);
  }

  /** Seals and sets a value of the user's own, which other members cannot open. Needs `userSymmetricKey`. */
  async setEncryptedUserData(path: string, data: Content, options: CallOptions = {}): Promise<DataSet> {
    this.#private();
    return new DataSet(path, await this.begin((space) => space.setUserData(path, bytesOf(data)), options));
  }

  /** Reads and opens a value of the user's own. Needs `userSymmetricKey`. */
  async getEncryptedUserData(path: string, options: CallOptions = {}): Promise<Bytes> {
    this.#private();
    return await this.begin((space) => space.userData(path), options);
  }

  /** Removes a value of the user's own; nothing happens if there is none. */
  async deleteUserData(path: string, options: CallOptions = {}): Promise<void> {
    await this.begin((space) => space.deleteUserData(path), options);
  }

  #private(): void {
    if (this.secrets.userSymmetricKey) return;
    throw refused('userSymmetricKey', "is needed: open the space with the user's own key");
  }
}
