/** Times that a store takes: what is none would be another one when it is read again. */

import { ValidationError } from '../errors.js';
import type { Batch } from './contents.js';

/** Refuses a batch with a time that is no whole number of milliseconds. */
export function checkTimes({ messages, heads, signedTimes }: Pick<Batch, 'messages' | 'heads' | 'signedTimes'>): void {
  const times = [...messages.map((message) => message[7]), ...heads.map(([, , time]) => time)];
  for (const time of times.concat(signedTimes.map(([, time]) => time))) {
    if (!Number.isSafeInteger(time)) throw wrong('time', 'must be whole milliseconds');
  }
}

/** The time before which messages are forgotten; undefined for all of them. */
export function endOf(before: number | undefined): number | undefined {
  if (before === undefined || before === Infinity) return undefined;
  if (typeof before !== 'number' || Number.isNaN(before)) throw wrong('before', 'must be a time in milliseconds');
  return before === -Infinity ? Number.MIN_SAFE_INTEGER : before;
}

function wrong(field: string, problem: string): ValidationError {
  return new ValidationError(`${field}: ${problem}`, { code: 'client.argument', field });
}
