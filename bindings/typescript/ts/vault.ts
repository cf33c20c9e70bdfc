/** Keys at rest, for browsers: the entry `reeeductio/vault`. */

import { conceal } from './conceal.js';
import { ValidationError } from './errors.js';
import type { KeyPair } from './keys.js';
import { type Opened, completed, openDatabase, result } from './store/database.js';
import { damaged, unavailable } from './store/failure.js';

/** Credentials of a member: the options of a `Space` that are worth keeping. */
export interface Credentials {
  /** The space. */
  spaceId: string;
  /** The member's key pair. */
  keyPair: KeyPair;
  /** The 32-byte secret that the members share. */
  symmetricRoot: Uint8Array;
  /** The member's own 32-byte secret, if there is one. */
  userSymmetricKey?: Uint8Array | undefined;
  /** Id of the acting member, if it is not the user of the key pair. */
  memberId?: string | undefined;
  /** The server's address. */
  baseUrl?: string | undefined;
}

/** Options for opening a vault. */
export interface KeyVaultOptions {
  /** The name of the database; by default `reeeductio-keys`. */
  name?: string;
  /** Signal that ends waiting for other pages. */
  signal?: AbortSignal;
}

/** The layout that `upgrade` makes. Releases that change it add a step there. */
const VERSION = 1;
const NAME = 'reeeductio-keys';
/** Under which name the key is stored that the others are sealed with. */
const SEALING = 'sealing';
/** Bytes of a key of any kind. */
const KEY = 32;

interface Row {
  name: string;
  nonce: Uint8Array<ArrayBuffer>;
  sealed: ArrayBuffer;
}

/**
 * Keeps credentials in IndexedDB, sealed with a key that the browser does not give out.
 *
 * That key is an AES-GCM key of WebCrypto, made with `extractable: false`: scripts can use it, and cannot read it.
 * Each entry is sealed together with its name, so that one that is put in the place of another does not open.
 *
 * It protects against copies of what the page stores: a script that reads IndexedDB and sends it away, a synchronisation or
 * an export of the page's data get sealed entries, and no key.
 *
 * It does not protect against a script that runs in the page, which can load the credentials as the page can; against a
 * browser extension with access to the page; against somebody with the user's rights on the machine, since browsers keep such
 * keys in the profile's files; or against an older entry of the same name that is put back. Serve a strict
 * `Content-Security-Policy`, and remove entries when the user logs out.
 *
 * The browser, when it needs room, and the user can delete what a page stores: do not keep the only copy of a key here.
 *
 * @example
 * ```ts
 * import { KeyVault } from 'reeeductio/vault';
 *
 * const vault = await KeyVault.open();
 * await vault.save('alice', { spaceId, keyPair, symmetricRoot });
 * // Later, in the same browser:
 * const credentials = await vault.load('alice');
 * const space = credentials && new Space({ ...credentials, baseUrl });
 * ```
 */
export class KeyVault {
  readonly #opened: Opened;
  readonly #key: CryptoKey;

  private constructor(opened: Opened, key: CryptoKey) {
    this.#opened = opened;
    this.#key = key;
  }

  /**
   * Opens the vault, making it if it is not there.
   *
   * @throws StoreError `store.unavailable` if there is no IndexedDB, or no WebCrypto, as in pages that did not come over
   *   HTTPS.
   */
  static async open(options: KeyVaultOptions = {}): Promise<KeyVault> {
    if (!globalThis.crypto?.subtle) {
      throw unavailable('there is no WebCrypto here: pages must come over HTTPS');
    }
    const opened = await openDatabase({ name: NAME, ...options, version: VERSION, upgrade });
    try {
      return new KeyVault(opened, await sealingKey(opened));
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** Keeps credentials under a name; earlier ones of that name are replaced. */
  async save(name: string, credentials: Credentials): Promise<void> {
    const plain = encode(credentials);
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    try {
      const sealed = await crypto.subtle.encrypt(algorithm(name, nonce), this.#key, plain);
      const transaction = this.#opened.transaction(['entries'], 'readwrite');
      const row: Row = { name, nonce, sealed };
      transaction.objectStore('entries').put(row);
      await completed(transaction);
    } finally {
      plain.fill(0);
    }
  }

  /**
   * Returns the credentials of a name; undefined if there are none. Their secrets are not shown in JSON, nor by
   * `console.log` in Node.
   *
   * @throws StoreError `store.damaged` if they do not open: they were changed, or belong to another name.
   */
  async load(name: string): Promise<Credentials | undefined> {
    const entries = this.#opened.transaction(['entries'], 'readonly').objectStore('entries');
    const row: Row | undefined = await result(entries.get(name));
    if (!row) return undefined;
    const plain = await this.#open(name, row);
    try {
      return decode(plain);
    } finally {
      plain.fill(0);
    }
  }

  async #open(name: string, { nonce, sealed }: Row): Promise<Uint8Array> {
    try {
      return new Uint8Array(await crypto.subtle.decrypt(algorithm(name, nonce), this.#key, sealed));
    } catch (error) {
      throw damaged(`the entry ${name} of the vault does not open`, error);
    }
  }

  /** Returns the names of all credentials. */
  async list(): Promise<string[]> {
    const entries = this.#opened.transaction(['entries'], 'readonly').objectStore('entries');
    return (await result(entries.getAllKeys())) as string[];
  }

  /** Removes the credentials of a name, if there are any. */
  async remove(name: string): Promise<void> {
    const transaction = this.#opened.transaction(['entries'], 'readwrite');
    transaction.objectStore('entries').delete(name);
    await completed(transaction);
  }

  /** Closes it when what is under way is done. */
  close(): void {
    this.#opened.close();
  }
}

function upgrade(database: IDBDatabase, from: number): void {
  if (from < 1) {
    database.createObjectStore('keys');
    database.createObjectStore('entries', { keyPath: 'name' });
  }
}

/** The key of the vault. Of two pages that make one at once, one wins. */
async function sealingKey(opened: Opened): Promise<CryptoKey> {
  const found = await result(opened.transaction(['keys'], 'readonly').objectStore('keys').get(SEALING));
  if (found) return found as CryptoKey;
  // A transaction does not wait for it: it is made before.
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const transaction = opened.transaction(['keys'], 'readwrite');
  const keys = transaction.objectStore('keys');
  let key = fresh;
  const there: IDBRequest<CryptoKey | undefined> = keys.get(SEALING);
  there.onsuccess = () => {
    if (there.result) key = there.result;
    else keys.put(fresh, SEALING);
  };
  await completed(transaction);
  return key;
}

function algorithm(name: string, nonce: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode(`reeeductio-vault-1|${name}`) };
}

/**
 * Credentials as bytes: 1, whether there is a user key, the private and the public key, the root, the user key, and the
 * rest as JSON. Keys do not become texts, of which nobody could say when they leave the memory.
 */
function encode({ spaceId, keyPair, symmetricRoot, userSymmetricKey, memberId, baseUrl }: Credentials): Uint8Array<ArrayBuffer> {
  const keys = {
    'keyPair.privateKey': keyPair.privateKey,
    'keyPair.publicKey': keyPair.publicKey,
    symmetricRoot,
    ...(userSymmetricKey && { userSymmetricKey }),
  };
  const rest = new TextEncoder().encode(JSON.stringify({ spaceId, memberId, baseUrl }));
  const plain = new Uint8Array(2 + Object.keys(keys).length * KEY + rest.length);
  plain.set([1, userSymmetricKey ? 1 : 0]);
  let place = 2;
  for (const [field, key] of Object.entries(keys)) {
    if (key.length !== KEY) {
      throw new ValidationError(`${field}: must be ${KEY} bytes`, { code: 'client.argument', field });
    }
    plain.set(key, place);
    place += KEY;
  }
  plain.set(rest, place);
  return plain;
}

function decode(plain: Uint8Array): Credentials {
  let place = 2;
  const key = (): Uint8Array => plain.slice(place, (place += KEY));
  const keyPair = conceal({ privateKey: key(), publicKey: key() }, 'privateKey');
  const symmetricRoot = key();
  const userSymmetricKey = plain[1] === 1 ? key() : undefined;
  const rest = JSON.parse(new TextDecoder().decode(plain.subarray(place))) as { spaceId: string };
  const credentials: Credentials = { ...rest, keyPair, symmetricRoot, ...(userSymmetricKey && { userSymmetricKey }) };
  return userSymmetricKey
    ? conceal(credentials, 'symmetricRoot', 'userSymmetricKey')
    : conceal(credentials, 'symmetricRoot');
}
