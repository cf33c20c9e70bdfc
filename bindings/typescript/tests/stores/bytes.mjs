/** Changes and scans, short. Runs in Node and in browsers. */

/** The bytes of a text. */
export const bytes = (text) => new TextEncoder().encode(text);

/** The change that sets a value. */
export const put = (key, value) => ({ type: 'put', key: bytes(key), value: bytes(value) });

/** The change that raises a value. */
export const raise = (key, value) => ({ type: 'raise', key: bytes(key), value: bytes(value) });

/** The value of a key, as text. */
export async function got(store, key) {
  const [value] = await store.get([bytes(key)]);
  return value && new TextDecoder().decode(value);
}

/** All keys, as texts. */
export async function keys(store) {
  const scan = { from: new Uint8Array(), to: Uint8Array.of(0xff), limit: 0xffff, bytes: 1 << 30, reverse: false };
  return (await store.scan(scan)).pairs.map(([key]) => new TextDecoder().decode(key));
}
