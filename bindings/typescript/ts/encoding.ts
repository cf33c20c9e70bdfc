/** Text, bytes and base64. */

import { ValidationError } from './errors.js';

/** Bytes, or text that is taken as UTF-8. */
export type Content = Uint8Array | string;

/** Bytes as methods give them; what takes bytes takes any `Uint8Array`. */
export type Bytes = ReturnType<Uint8ArrayConstructor['from']>;

/** How many bytes become characters at a time: engines limit how many arguments a function may have. */
const PIECE = 32_768;

/** Encodes text as UTF-8. */
export function stringToBytes(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** Decodes UTF-8. Throws a {@link ValidationError} if it is none. */
export function bytesToString(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ValidationError('the bytes are not UTF-8 text', { code: 'client.text' });
  }
}

/** One array of all the bytes. */
export function concatBytes(...arrays: Uint8Array[]): Bytes {
  const whole = new Uint8Array(arrays.reduce((length, each) => length + each.length, 0));
  let at = 0;
  for (const each of arrays) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
}

/** Encodes bytes, or text as UTF-8, in standard base64 with padding. */
export function encodeBase64(data: Content): string {
  const bytes = bytesOf(data);
  let characters = '';
  for (let at = 0; at < bytes.length; at += PIECE) {
    characters += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return btoa(characters);
}

/** Decodes standard base64. Throws a {@link ValidationError} if it is none. */
export function decodeBase64(text: string): Bytes {
  // `atob` forgives texts that no other client of the protocol does.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw notBase64();
  return decoded(text);
}

/** Encodes bytes, or text as UTF-8, in URL-safe base64 without padding. */
export function encodeUrlSafeBase64(data: Content): string {
  return encodeBase64(data).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Decodes URL-safe base64, padded or not. Throws a {@link ValidationError} if it is none. */
export function decodeUrlSafeBase64(text: string): Bytes {
  if (!/^[A-Za-z0-9_-]*={0,2}$/.test(text)) throw notBase64();
  return decoded(text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, ''));
}

/** The bytes of content. Throws a {@link ValidationError} if it is neither. */
export function bytesOf(content: Content): Uint8Array {
  if (typeof content === 'string') return stringToBytes(content);
  if (content instanceof Uint8Array) return content;
  throw new ValidationError('data: must be a Uint8Array or a string', { code: 'client.argument', field: 'data' });
}

function decoded(text: string): Bytes {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw notBase64();
  }
}

function notBase64(): ValidationError {
  return new ValidationError('not base64', { code: 'client.base64' });
}
