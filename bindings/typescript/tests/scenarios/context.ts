/** The arguments of a scenario, and the spaces that it makes of them. Nothing here is of Node or of browsers alone. */

import {
  type Capability,
  generateKeyPair,
  type KeyPair,
  Space,
  type SpaceOptions,
  toSpaceId,
  toToolId,
  toUserId,
} from 'reeeductio';

/** The servers. It can be written as JSON. */
export interface Context {
  /** A server on which a space exists from its first use; passwords may be tried as often as one likes. */
  readonly baseUrl: string;
  /**
   * A server on which a space exists once it is registered. A password may be tried once a minute, a blob have 1,000
   * bytes.
   */
  readonly strictUrl: string;
  /** The private key that owns the admin space of both, in hex. */
  readonly adminKey: string;
}

/** Something that every SDK must do. It fails by rejecting. */
export type Scenario = (context: Context) => Promise<void>;

/** A fresh space, its owner and members. */
export class TestSpace {
  readonly root = crypto.getRandomValues(new Uint8Array(32));
  readonly id: string;

  private constructor(
    readonly url: string,
    readonly keys: KeyPair,
  ) {
    this.id = toSpaceId(keys.publicKey);
  }

  static async on(url: string): Promise<TestSpace> {
    return new TestSpace(url, await generateKeyPair());
  }

  /** Arguments of a handle. */
  options(keyPair: KeyPair, more: Partial<SpaceOptions> = {}): SpaceOptions {
    return { spaceId: this.id, keyPair, symmetricRoot: this.root, baseUrl: this.url, ...more };
  }

  /** A handle of the owner. */
  owner(more: Partial<SpaceOptions> = {}): Space {
    return this.user(this.keys, more);
  }

  /** A handle of a user. */
  user(keyPair: KeyPair, more: Partial<SpaceOptions> = {}): Space {
    return new Space(this.options(keyPair, more));
  }

  /** A handle of a tool. */
  tool(keyPair: KeyPair): Space {
    return this.user(keyPair, { memberId: toToolId(keyPair.publicKey) });
  }

  /** The owner adds a user with these rights. */
  async addUser(...rights: Capability[]): Promise<KeyPair> {
    const keys = await generateKeyPair();
    const [user, owner] = [toUserId(keys.publicKey), this.owner()];
    await owner.addUser(user);
    for (const [number, right] of rights.entries()) await owner.grantCapabilityToUser(user, `r${number}`, right);
    await owner.close();
    return keys;
  }
}
