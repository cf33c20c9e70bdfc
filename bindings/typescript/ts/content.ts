/** Contents of messages and values: bytes, text, or a value of JSON. */

import { refused } from './arguments.js';
import { type Bytes, bytesToString } from './encoding.js';
import { DecryptionError, ValidationError } from './errors.js';

/** A value that JSON has. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/**
 * Bytes as they are, text as UTF-8, or any other value that JSON has. An object may have any type, such as an interface of
 * the program; what JSON would lose, such as a `Map`, is refused when it is passed. Promises must be awaited first.
 */
export type AnyContent = Uint8Array | Json | { readonly [name: string]: unknown } | (object & { then?: never });

/** The bytes or the text of a content; `field` names it in the error for what is none. @internal */
export function encoded(content: AnyContent, field = 'content'): Uint8Array | string {
  if (typeof content === 'string' || content instanceof Uint8Array) return content;
  let text: string | undefined;
  try {
    text = JSON.stringify(content) as string | undefined;
  } catch {
    // It contains itself, or a BigInt.
  }
  if (text !== undefined && !isLost(content, text)) return text;
  if (isPromise(content)) throw refused(field, 'must not be a promise; await it first');
  throw refused(field, 'must be a Uint8Array, a string or a value that JSON has');
}

/** Whether something is to be awaited. @internal */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';
}

/** Whether JSON has nothing of a value: of a promise, a map or an ArrayBuffer it makes `{}`, of NaN `null`. */
function isLost(content: AnyContent, text: string): boolean {
  if (text === 'null') return content !== null;
  if (typeof content !== 'object' || content === null) return false;
  const prototype: unknown = Object.getPrototypeOf(content);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return ArrayBuffer.isView(content) || (text === '{}' && !isPlain);
}

/** An opened content. */
export class Opened {
  /** @internal */
  constructor(
    /** The bytes; undefined if it does not open. */
    readonly content: Bytes | undefined,
  ) {}

  /**
   * The content as bytes.
   *
   * @throws {@link DecryptionError} if it was not sealed with the key for its place, or does not open.
   */
  get bytes(): Bytes {
    if (this.content) return this.content;
    throw new DecryptionError('was not sealed with the key for its place, or does not open', { code: 'client.open' });
  }

  /** The content as text. Throws a {@link ValidationError} if it is not UTF-8. */
  get text(): string {
    return bytesToString(this.bytes);
  }

  /** The content, parsed as JSON. Throws a {@link ValidationError} if it is none. */
  json<Value = unknown>(): Value {
    try {
      return JSON.parse(this.text) as Value;
    } catch (error) {
      if (error instanceof ValidationError) throw error;
      throw new ValidationError(`the content is not JSON: ${String(error)}`, { code: 'client.text' });
    }
  }
}
