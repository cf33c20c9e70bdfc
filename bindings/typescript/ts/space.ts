/** A member's handle on a space. */

import type { Space as NativeSpace } from '../build/reeeductio_wasm.js';
import { call, native, run } from './native.js';
import { Network, type NetworkOptions } from './network.js';
import { type KeyPair, toUserId } from './keys.js';

/** What a handle is made of. */
export interface SpaceOptions extends NetworkOptions {
  /** The space. */
  spaceId: string;
  /** The member's key pair. */
  keyPair: KeyPair;
  /** The 32-byte secret that the members share. */
  symmetricRoot: Uint8Array;
  /** The server's address; by default `http://localhost:8000`. */
  baseUrl?: string;
  /** Who acts; by default the user of the key pair. A tool gives its own id. */
  memberId?: string;
}

/** A member's handle on a space. It signs in when needed. */
export class Space {
  readonly #options: SpaceOptions;
  readonly #network: Network;
  #native: NativeSpace | undefined;

  constructor(options: SpaceOptions) {
    this.#options = options;
    this.#network = new Network(options);
  }

  #handle(): NativeSpace {
    const { spaceId, memberId, keyPair, symmetricRoot, baseUrl } = this.#options;
    this.#native ??= new (native().Space)(
      spaceId,
      memberId ?? toUserId(keyPair.publicKey),
      keyPair.privateKey,
      symmetricRoot,
      baseUrl ?? 'http://localhost:8000',
      undefined,
      false,
      this.#network,
      undefined,
    );
    return this.#native;
  }

  /** Seals bytes with the topic's key and posts them. */
  async postEncryptedMessage(topic: string, type: string, data: Uint8Array): Promise<string> {
    const [hash] = await run<[string, number]>(() => this.#handle().post(topic, type, data, undefined, true));
    return hash;
  }

  /** The texts of the first messages of a topic. */
  async texts(topic: string): Promise<string[]> {
    const [messages] = await run<[string[][], boolean]>(() =>
      this.#handle().messages(topic, undefined, undefined, 100),
    );
    const decoder = new TextDecoder();
    return messages.map((message) => decoder.decode(call(() => this.#handle().openData(topic, message[5] ?? ''))));
  }
}
