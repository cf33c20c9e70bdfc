/** Records as the compiled half gives them to stores. */

export const SPACE = `S${'a'.repeat(43)}`;

/** A message; stores do not look into it. */
export function message(topic, number, data = 'AAAA') {
  const hash = `M${topic}${number}`.padEnd(44, '.');
  return [hash, topic, 'chat.text', `U${'b'.repeat(43)}`, 'c2ln', data, null, number];
}

/** The times of all messages of a topic. */
export async function times(store, topic, space = SPACE) {
  const all = await store.messages(space, topic, undefined, undefined, 0xffffffff, false);
  return all.map((record) => record[7]);
}
