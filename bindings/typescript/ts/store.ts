/** Where a handle keeps what it has seen. */

/** A message: its id, topic, type, sender, signature, data in base64, the id of the one before, and time. */
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

/** How far a topic was seen: its newest message and that one's time. */
export type HeadRecord = [topicId: string, messageHash: string, serverTimestamp: number];

/** The newest time that a data entry was seen signed with. */
export type SignedTimeRecord = [path: string, signedAt: number];

/**
 * A local store: messages, how far each topic was seen, and the newest signed times of data entries. With one, a
 * handle notices a server that goes back in time, shows two histories or withholds what it showed before, also after
 * a restart. Sealed content stays sealed in it.
 *
 * Times are Unix milliseconds. What a method throws, or rejects with, becomes a {@link StoreError}.
 */
export interface LocalStore {
  /**
   * Keeps all of it or nothing. A message that is there already stays as it is; heads and signed times only grow: one
   * with a time before that of the one there is left out.
   */
  save(space: string, messages: MessageRecord[], heads: HeadRecord[], signedTimes: SignedTimeRecord[]): Promise<void>;

  /** One message; undefined if it is not here. */
  message(space: string, topic: string, hash: string): Promise<MessageRecord | undefined>;

  /**
   * Messages with times from `lowest` to `highest`, both inclusive and open where undefined, in the order of the chain:
   * the first `limit` of them, or the last `limit` with the newest first.
   */
  messages(
    space: string,
    topic: string,
    lowest: number | undefined,
    highest: number | undefined,
    limit: number,
    newestFirst: boolean,
  ): Promise<MessageRecord[]>;

  /** How far the topic was seen, as id and time; undefined if never. */
  head(space: string, topic: string): Promise<[messageHash: string, serverTimestamp: number] | undefined>;

  /** The newest signed time of a data entry; undefined if it was never seen. */
  signedTime(space: string, path: string): Promise<number | undefined>;

  /** Forgets messages of one topic or all, before a time or all; how many there were. Heads stay. */
  deleteMessages(space: string, topic: string | undefined, before: number | undefined): Promise<number>;

  /** How many messages there are of one space or all. */
  count(space: string | undefined): Promise<number>;

  /** Forgets everything. A server may then show an older past without being caught. */
  clear(): Promise<void>;
}
