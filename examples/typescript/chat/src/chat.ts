/** The conversation of a space, without anything to look at. */

import { AuthenticationError, AuthorizationError, bytesToString, type Message, ReeeductioError, Space } from 'reeeductio';
import type { Credentials } from './credentials.js';

const TOPIC = 'chat';
const KIND = 'chat.text';
const HOUR = 60 * 60 * 1000;
/** How much of the past is shown. */
const PAST = 100;
/** Rights of a guest, beside reading the state of the space. */
const RIGHTS = {
  'chat-read': { op: 'read', path: `topics/${TOPIC}/messages/{any}` },
  'chat-post': { op: 'create', path: `topics/${TOPIC}/messages/{any}` },
} as const;

/** Something that was said. The name is what its sender says; the id behind it is proven. */
export interface Said {
  who: string;
  sender: string;
  text: string;
  at: Date;
}

/** Makes the space, and says what guests may do in it. */
export async function make(credentials: Credentials): Promise<void> {
  const space = new Space(credentials);
  try {
    await space.createRole('user', 'Talks');
    for (const [name, right] of Object.entries(RIGHTS)) await space.grantCapabilityToRole('user', name, right);
  } finally {
    await space.close();
  }
}

/** Becomes a member by an invitation. */
export async function join(invitation: Credentials, member: Credentials): Promise<void> {
  try {
    const space = await Space.acceptInvitation({ ...member, invitation: invitation.keyPair });
    await space.close();
  } catch (error) {
    if (!(error instanceof AuthenticationError || error instanceof AuthorizationError)) throw error;
    throw new Error('The invitation lets nobody in any more. Ask for another one.', { cause: error });
  }
}

/** An open conversation. */
export class Chat {
  readonly #space: Space;

  constructor(readonly credentials: Credentials) {
    this.#space = new Space(credentials);
  }

  /** One's own id. */
  get me(): string {
    return this.#space.memberId;
  }

  /** Everything that was said lately, and then what is being said, until the conversation is closed. */
  async *listen(connected: () => void): AsyncGenerator<Said> {
    const newest = { from: Number.MAX_SAFE_INTEGER, to: 0, limit: PAST };
    const { messages } = await this.#space.getMessages(TOPIC, newest);
    for (const message of messages) yield this.#open(message);
    // The stream begins behind the last message that was read: nothing is missed, and nothing comes twice.
    const live = await this.#space.live({ follow: { [TOPIC]: messages.at(-1) ?? null } }).open();
    connected();
    for await (const message of live) {
      if (message.topicId === TOPIC) yield this.#open(message);
    }
  }

  /** Says something. */
  async say(who: string, text: string): Promise<void> {
    await this.#space.postEncryptedMessage(TOPIC, KIND, JSON.stringify({ from: who, text }));
  }

  /** Everybody's id. */
  async members(): Promise<string[]> {
    return await this.#space.listUsers();
  }

  /** Credentials by which one guest can become a member, within an hour. */
  async invite(): Promise<Credentials> {
    const keyPair = await this.#space.createInvitation({ guests: 1, expiresAt: Date.now() + HOUR });
    return { ...this.credentials, keyPair };
  }

  /** Ends it. */
  async close(): Promise<void> {
    await this.#space.close();
  }

  #open(message: Message): Said {
    const { sender, serverTimestamp } = message;
    const said = { sender, at: new Date(serverTimestamp) };
    try {
      const { from, text } = JSON.parse(bytesToString(this.#space.decryptMessageData(message))) as Record<string, unknown>;
      return { ...said, who: String(from), text: String(text) };
    } catch (error) {
      if (!(error instanceof ReeeductioError || error instanceof SyntaxError || error instanceof TypeError)) throw error;
      return { ...said, who: '?', text: '(something that is not chat)' };
    }
  }
}
