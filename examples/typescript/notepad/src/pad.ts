/** A text area that shows a shared text, and changes it. */

import type { Text } from 'yjs';

export function bind(text: Text, area: HTMLTextAreaElement) {
  area.oninput = () => change(text.toString(), area.value, (from, to, added) => {
    text.delete(from, to - from);
    text.insert(from, added);
  });
  // The place of the cursor stays.
  const write = (from: number, to: number, added: string) => area.setRangeText(added, from, to, 'preserve');
  text.observe(({ transaction }) => transaction.local || change(area.value, text.toString(), write));
  return area;
}

/** Finds the part in which a text differs from what it was before. */
function change(before: string, after: string, found: (from: number, to: number, added: string) => void) {
  let [from, end] = [0, 0];
  while (from < after.length && before[from] === after[from]) from += 1;
  while (end < Math.min(before.length, after.length) - from && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  found(from, before.length - end, after.slice(from, after.length - end));
}
