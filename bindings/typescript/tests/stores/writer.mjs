/** Saves messages and says the time of each that is saved: `writer.mjs PATH FIRST save|compact|wait|once|full`. */

import { FileStore } from '../../dist/esm/node.js';
import { message, SPACE } from './records.mjs';

const [at, first, kind] = process.argv.slice(2);
let store;
try {
  store = await FileStore.open(at);
} catch (error) {
  if (kind !== 'once' || error.code !== 'store.unavailable') throw error;
  console.log('refused');
  process.exit();
}

async function save(time) {
  await store.save(SPACE, [message('general', time)], [['general', `M${time}`, time]], [['presence/a', time]]);
}

if (kind === 'wait' || kind === 'once') {
  console.log('open');
  for await (const _ of process.stdin);
  await store.close();
} else if (kind === 'full') {
  let time = 0;
  try {
    for (; ; time += 1) {
      await save(time);
      console.log(time);
    }
  } catch (error) {
    console.log(`refused ${error.code} ${error.message}`);
  }
  await store.deleteMessages(SPACE);
  await store.compact();
  await save(time);
  console.log('saved again');
  await store.close();
} else {
  for (let time = Number(first); ; time += 1) {
    const compacting = kind === 'compact' ? store.compact() : undefined;
    await save(time);
    console.log(time);
    await compacting;
  }
}
