/** Checking messages that came from elsewhere. Messages that a handle reads are checked already. */

import { ReeeductioError } from './errors.js';
import type { WireMessage } from './message.js';
import { call, native } from './native.js';

/** The id of a message, `M` and 43 characters. `data` is base64. Throws a {@link ValidationError} if an id is none. */
export function computeMessageHash(
  spaceId: string,
  topicId: string,
  type: string,
  prevHash: string | null,
  data: string,
  sender: string,
): string {
  return call((compiled) => compiled.hashMessage(spaceId, topicId, type, prevHash, data, sender));
}

/** Whether a message has the id that it claims to have. */
export function verifyMessageHash(spaceId: string, message: WireMessage): boolean {
  native();
  try {
    const { topic_id, type, prev_hash, data, sender } = message;
    return computeMessageHash(spaceId, topic_id, type, prev_hash, data, sender) === message.message_hash;
  } catch (error) {
    if (error instanceof ReeeductioError) return false;
    throw error;
  }
}

/** Whether messages are a topic's first ones, each with the id that it claims to have. Their order does not matter. */
export function validateMessageChain(spaceId: string, messages: readonly WireMessage[]): boolean {
  return validateMessageChainWithAnchor(spaceId, messages, null);
}

/**
 * Whether messages are a chain after the message `anchor`; if that is left out, after any message.
 * Signatures are not checked: {@link verifySignature} does that.
 */
export function validateMessageChainWithAnchor(
  spaceId: string,
  messages: readonly WireMessage[],
  anchor?: string | null,
): boolean {
  const ordered = [...messages].sort((one, other) => one.server_timestamp - other.server_timestamp);
  let expected = anchor === undefined ? ordered[0]?.prev_hash : anchor;
  return ordered.every((message) => {
    const right = message.prev_hash === expected && verifyMessageHash(spaceId, message);
    expected = message.message_hash;
    return right;
  });
}
