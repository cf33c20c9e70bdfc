/** Keys as texts: one character for each byte, so that texts are ordered as keys are. */

/** The most that a function is called with at once. */
const ARGUMENTS = 4096;

/** The text of a key. */
export function textOf(key: Uint8Array): string {
  let text = '';
  for (let at = 0; at < key.length; at += ARGUMENTS) {
    text += String.fromCharCode(...key.subarray(at, at + ARGUMENTS));
  }
  return text;
}

/** The key of a text. */
export function keyOf(text: string): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) key[at] = text.charCodeAt(at);
  return key;
}
