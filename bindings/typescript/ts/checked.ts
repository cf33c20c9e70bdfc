/** wasm-bindgen reads any argument as a string; those of functions that return at once are checked here first. */

import { text } from './arguments.js';
import type { Native } from './native.js';

/** The texts that something takes, in place: '' is for what is none, and `?` ends the name of what may be left out. */
type Texts = Readonly<Record<string, readonly string[]>>;
type Function = (this: unknown, ...parameters: unknown[]) => unknown;

const OF_SPACE: Texts = {
  openData: ['topicId', 'data'],
  topicKey: ['topicId'],
};
const FUNCTIONS: Texts = {
  deriveKey: ['', 'spaceId', 'purpose', 'topicId?'],
  hashMessage: ['spaceId', 'topicId', 'type', 'prevHash?', 'data', 'sender'],
  idOf: ['kind'],
  signedData: ['spaceId', 'path'],
};

/** The WebAssembly module with texts checked. To be called once. */
export function checked(native: Native): Native {
  if (native.Space) check(native.Space.prototype, OF_SPACE);
  return check({ ...native }, FUNCTIONS);
}

function check<T extends object>(owner: T, texts: Texts): T {
  const methods = owner as Record<string, Function>;
  for (const [name, fields] of Object.entries(texts)) {
    const method = methods[name];
    if (!method) continue;
    methods[name] = function (...parameters) {
      fields.forEach((field, at) => checkOne(field, parameters[at]));
      return method.apply(this, parameters);
    };
  }
  return owner;
}

function checkOne(field: string, value: unknown): void {
  if (field === '' || (field.endsWith('?') && (value === undefined || value === null))) return;
  text(field.replace('?', ''), value);
}
