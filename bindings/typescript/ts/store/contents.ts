/** What a store holds, in memory. */

import type { HeadRecord, MessageRecord, SignedTimeRecord } from '../store.js';

/** The message up to which a topic was seen without a gap. */
export type Head = [messageHash: string, serverTimestamp: number];

/** The place of the hash in a record. */
const HASH = 0;
/** The place of the topic in a record. */
const TOPIC = 1;
/** The place of the time in a record. */
const TIME = 7;

/** A record of any kind. */
type Fields = readonly (string | number | null)[];

/** What is saved together. */
export interface Batch {
  space: string;
  messages: readonly MessageRecord[];
  heads: readonly HeadRecord[];
  signedTimes: readonly SignedTimeRecord[];
}

interface Topic {
  hashes: Map<string, MessageRecord>;
  /** By time; those of one time as they were saved. */
  byTime: MessageRecord[];
  head: Head | undefined;
}

interface Kept {
  topics: Map<string, Topic>;
  signedTimes: Map<string, number>;
}

/** Messages, heads and signed times, by the rules of a store. */
export class Contents {
  readonly #spaces = new Map<string, Kept>();
  #weight = 0;

  /** About how many bytes all of it would take as JSON. */
  get weight(): number {
    return this.#weight;
  }

  /** What of a batch is new. */
  news({ space, messages, heads, signedTimes }: Batch): Batch {
    const kept = this.#spaces.get(space);
    return {
      space,
      messages: messages.filter((message) => !kept?.topics.get(message[TOPIC])?.hashes.has(message[HASH])),
      heads: heads.filter(([topic, hash, time]) => {
        const old = kept?.topics.get(topic)?.head;
        return !old || time > old[1] || (time === old[1] && hash !== old[0]);
      }),
      signedTimes: signedTimes.filter(([path, time]) => time > (kept?.signedTimes.get(path) ?? -Infinity)),
    };
  }

  /** Takes a batch in. */
  save({ space, messages, heads, signedTimes }: Batch): void {
    const kept = this.#kept(space);
    for (const message of messages) this.#insert(topicOf(kept, message[TOPIC]), message);
    for (const [id, hash, time] of heads) {
      const topic = topicOf(kept, id);
      if (topic.head && time < topic.head[1]) continue;
      this.#weight += weightOf([id, hash, time]) - (topic.head ? weightOf([id, ...topic.head]) : 0);
      topic.head = [hash, time];
    }
    for (const [path, time] of signedTimes) {
      const old = kept.signedTimes.get(path);
      if (old !== undefined && time <= old) continue;
      if (old === undefined) this.#weight += weightOf([path, time]);
      kept.signedTimes.set(path, time);
    }
  }

  message(space: string, topic: string, hash: string): MessageRecord | undefined {
    return this.#spaces.get(space)?.topics.get(topic)?.hashes.get(hash);
  }

  messages(
    space: string,
    topic: string,
    lowest = -Infinity,
    highest = Infinity,
    limit: number,
    newestFirst: boolean,
  ): MessageRecord[] {
    const all = this.#spaces.get(space)?.topics.get(topic)?.byTime ?? [];
    const begin = firstBehind(all, (time) => time < lowest);
    const end = Math.max(begin, firstBehind(all, (time) => time <= highest));
    if (!newestFirst) return all.slice(begin, Math.min(end, begin + limit));
    return all.slice(Math.max(begin, end - limit), end).reverse();
  }

  head(space: string, topic: string): Head | undefined {
    return this.#spaces.get(space)?.topics.get(topic)?.head;
  }

  signedTime(space: string, path: string): number | undefined {
    return this.#spaces.get(space)?.signedTimes.get(path);
  }

  /** Forgets messages; how many there were. */
  deleteMessages(space: string, topic: string | undefined, before = Infinity): number {
    let deleted = 0;
    for (const [id, kept] of this.#spaces.get(space)?.topics ?? []) {
      if (topic !== undefined && topic !== id) continue;
      const gone = kept.byTime.splice(0, firstBehind(kept.byTime, (time) => time < before));
      for (const message of gone) {
        kept.hashes.delete(message[HASH]);
        this.#weight -= weightOf(message);
      }
      deleted += gone.length;
    }
    return deleted;
  }

  count(space: string | undefined): number {
    let count = 0;
    for (const [id, kept] of this.#spaces) {
      if (space !== undefined && space !== id) continue;
      for (const topic of kept.topics.values()) count += topic.byTime.length;
    }
    return count;
  }

  clear(): void {
    this.#spaces.clear();
    this.#weight = 0;
  }

  /** Everything, in batches of a few messages; in an empty store they make it what it is. */
  *batches(size: number): Generator<Batch> {
    for (const [space, { topics, signedTimes }] of this.#spaces) {
      for (const [id, { byTime, head }] of topics) {
        for (let begin = 0; begin < byTime.length; begin += size) {
          yield { space, messages: byTime.slice(begin, begin + size), heads: [], signedTimes: [] };
        }
        if (head) yield { space, messages: [], heads: [[id, ...head]], signedTimes: [] };
      }
      if (signedTimes.size > 0) yield { space, messages: [], heads: [], signedTimes: [...signedTimes] };
    }
  }

  #insert(topic: Topic, message: MessageRecord): void {
    if (topic.hashes.has(message[HASH])) return;
    topic.hashes.set(message[HASH], message);
    topic.byTime.splice(firstBehind(topic.byTime, (time) => time <= message[TIME]), 0, message);
    this.#weight += weightOf(message);
  }

  #kept(space: string): Kept {
    let kept = this.#spaces.get(space);
    if (!kept) this.#spaces.set(space, (kept = { topics: new Map(), signedTimes: new Map() }));
    return kept;
  }
}

function topicOf(kept: Kept, id: string): Topic {
  let topic = kept.topics.get(id);
  if (!topic) kept.topics.set(id, (topic = { hashes: new Map(), byTime: [], head: undefined }));
  return topic;
}

function weightOf(record: Fields): number {
  let weight = 2;
  for (const field of record) weight += typeof field === 'string' ? field.length + 3 : 14;
  return weight;
}

/** How many from the first on have a time that `before` holds of. */
function firstBehind(messages: MessageRecord[], before: (time: number) => boolean): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before((messages[middle] as MessageRecord)[TIME])) low = middle + 1;
    else high = middle;
  }
  return low;
}
