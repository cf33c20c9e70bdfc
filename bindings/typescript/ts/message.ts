/** Messages as they are stored. */

import type { Bytes } from './encoding.js';

/** A message as the WebAssembly module gives it. */
export type MessageRecord = [
  messageHash: string,
  topicId: string,
  type: string,
  sender: string,
  signature: string,
  data: string,
  prevHash: string | null,
  serverTimestamp: number,
];

/** A message and its content as the WebAssembly module gives them. */
export type OpenedRecord = [message: MessageRecord, content: Bytes | undefined];

/** A message with the names of the protocol; every {@link Message} is one. */
export interface WireMessage {
  readonly message_hash: string;
  readonly topic_id: string;
  readonly type: string;
  readonly sender: string;
  readonly signature: string;
  readonly data: string;
  readonly prev_hash: string | null;
  readonly server_timestamp: number;
}

/** A message as it is stored. The names of the protocol, such as `message_hash`, can be read as well. */
export class Message implements WireMessage {
  /** Its id: `M` and 43 characters. */
  readonly messageHash: string;
  /** The topic; `state` for a change of state. */
  readonly topicId: string;
  /** Type set by the sender, such as `chat.text`; with a change of state the path. */
  readonly type: string;
  /** The user or tool that signed it. */
  readonly sender: string;
  /** Base64. */
  readonly signature: string;
  /** Base64; sealed unless it was posted in the clear. `space.decryptMessageData` opens it. */
  readonly data: string;
  /** The id of the message before; null if it is the topic's first. */
  readonly prevHash: string | null;
  /** Unix milliseconds of the server's clock. */
  readonly serverTimestamp: number;

  /** @internal */
  constructor(record: MessageRecord) {
    [
      this.messageHash,
      this.topicId,
      this.type,
      this.sender,
      this.signature,
      this.data,
      this.prevHash,
      this.serverTimestamp,
    ] = record;
  }

  /** `messageHash`. */
  get message_hash(): string {
    return this.messageHash;
  }

  /** `topicId`. */
  get topic_id(): string {
    return this.topicId;
  }

  /** `prevHash`. */
  get prev_hash(): string | null {
    return this.prevHash;
  }

  /** `serverTimestamp`. */
  get server_timestamp(): number {
    return this.serverTimestamp;
  }

  /** Whether it sets state: then `type` is the path. */
  isStateMessage(): boolean {
    return this.topicId === 'state';
  }
}

/** Where a message was stored. */
export class MessageCreated {
  constructor(
    /** Its id: `M` and 43 characters. */
    readonly messageHash: string,
    /** Unix milliseconds of the server's clock. */
    readonly serverTimestamp: number,
  ) {}

  /** `messageHash`. */
  get message_hash(): string {
    return this.messageHash;
  }

  /** `serverTimestamp`. */
  get server_timestamp(): number {
    return this.serverTimestamp;
  }
}

/** Messages of a range. */
export class MessagesResponse {
  constructor(
    /** The oldest first. */
    readonly messages: Message[],
    /** Whether the range holds more than were asked for. */
    readonly hasMore: boolean,
  ) {}

  /** `hasMore`. */
  get has_more(): boolean {
    return this.hasMore;
  }
}

/** A page as the WebAssembly module gives it, the oldest first. */
export function pageOf([records, hasMore]: [MessageRecord[], boolean]): MessagesResponse {
  const messages = records.map((record) => new Message(record));
  // A page that was asked for newest first is a chain backwards.
  const [first, second] = messages;
  if (first && second && first.prevHash === second.messageHash) messages.reverse();
  return new MessagesResponse(messages, hasMore);
}

/** Where the WebAssembly module says that a message was stored. */
export function createdOf([messageHash, serverTimestamp]: [string, number]): MessageCreated {
  return new MessageCreated(messageHash, serverTimestamp);
}
