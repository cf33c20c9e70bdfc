/** What was saved survives the end of the process, whenever it comes. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { FileStore } from '../../dist/esm/node.js';
import { SPACE, times } from './records.mjs';

const WRITER = new URL('writer.mjs', import.meta.url).pathname;

async function path(t) {
  const folder = await mkdtemp(join(tmpdir(), 'reeeductio-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'seen.log');
}

/** The numbers of the lock files beside it, and of nothing else. */
async function locks(at) {
  const names = (await readdir(dirname(at))).filter((name) => name !== basename(at));
  return names.map((name) => Number(name.slice(`${basename(at)}.lock-`.length))).toSorted((one, other) => one - other);
}

/** A process that saves messages with the times from `first` on, and the lines that it says. */
function writer(at, first, ...more) {
  const child = spawn(process.execPath, [WRITER, at, String(first), ...more], { stdio: ['pipe', 'pipe', 'inherit'] });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

/** Kills it when it has said so many lines; gives the last number it said before it ended. */
async function killedAfter(count, { child, lines }) {
  let said;
  for (let number = 0; ; number += 1) {
    const { done, value } = await lines.next();
    if (done) break;
    said = Number(value);
    if (number + 1 === count) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL');
  return said;
}

for (const kind of ['save', 'compact']) {
  test(`a killed process loses nothing it was told is saved: ${kind}`, async (t) => {
    const at = await path(t);
    let first = 0;
    for (let round = 1; round <= 12; round += 1) {
      const last = await killedAfter(round * 7, writer(at, first, kind));
      const store = await FileStore.open(at);
      const all = await times(store, 'general');
      // What was under way may be there as well.
      assert.deepEqual(all, Array.from({ length: all.length }, (_, time) => time));
      assert.ok(all.length > last, `${all.length} of ${last}`);
      assert.equal((await store.head(SPACE, 'general'))[1], all.length - 1);
      assert.equal(await store.signedTime(SPACE, 'presence/a'), all.length - 1);
      await store.close();
      first = all.length;
    }
  });
}

test('a file that another process has open is not opened, and is when that was killed', async (t) => {
  const at = await path(t);
  const other = writer(at, 0, 'wait');
  await other.lines.next();
  const refusal = { code: 'store.unavailable', message: new RegExp(`process ${other.child.pid} uses it`) };
  await assert.rejects(FileStore.open(at), refusal);
  other.child.kill('SIGKILL');
  await once(other.child, 'exit');
  await (await FileStore.open(at)).close();
});

test('of several that open a file at once whose process was killed, one does', async (t) => {
  const at = await path(t);
  for (let round = 0; round < 50; round += 1) {
    const [last = 0] = (await locks(at)).toReversed();
    await writeFile(`${at}.lock-${last + 1}`, JSON.stringify({ pid: process.pid, host: hostname(), token: 'x' }));
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => FileStore.open(at)));
    const stores = attempts.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
    assert.equal(stores.length, 1);
    await stores[0].save(SPACE, [], [['general', `M${round}`, round]], []);
    await stores[0].close();
    assert.equal((await locks(at)).length, 1);
  }
});

test('of processes that open a file at once whose process was killed, one does', async (t) => {
  const at = await path(t);
  for (let round = 0; round < 5; round += 1) {
    const all = Array.from({ length: 4 }, () => writer(at, 0, 'once'));
    const said = await Promise.all(all.map(async ({ lines }) => (await lines.next()).value));
    assert.deepEqual(said.toSorted(), ['open', 'refused', 'refused', 'refused']);
    for (const { child } of all) child.kill('SIGKILL');
    await Promise.all(all.map(({ child }) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  }
});

test('a lock of another host is left', async (t) => {
  const at = await path(t);
  await writeFile(`${at}.lock-1`, JSON.stringify({ pid: 1, host: `not-${hostname()}`, token: 'x' }));
  await assert.rejects(FileStore.open(at), { code: 'store.unavailable', message: /on the host not-/ });
});

test('a lock of an earlier process with the same number is taken over', async (t) => {
  const at = await path(t);
  await writeFile(`${at}.lock-1`, JSON.stringify({ pid: process.pid, host: hostname(), token: 'x' }));
  const store = await FileStore.open(at);
  await store.close();
  assert.deepEqual(await locks(at), [2]);
  await (await FileStore.open(at)).close();
  assert.deepEqual(await locks(at), [3]);
});

test('a process whose lock was taken over writes no more', async (t) => {
  const at = await path(t);
  const store = await FileStore.open(at);
  await rm(`${at}.lock-1`);
  const other = writer(at, 0, 'wait');
  await other.lines.next();
  await assert.rejects(store.save(SPACE, [], [['general', 'M1', 1]], []), /another program/);
  await store.close();
  other.child.stdin.end();
  await once(other.child, 'exit');
});

test('without room nothing is lost, and saving works again when there is some', async (t) => {
  const at = await path(t);
  // Files may have 8 KiB; without the signal, writing fails as on a full disk.
  const script = `trap '' XFSZ; ulimit -f ${8 * 2}; exec "$@"`;
  const child = spawn('sh', ['-c', script, 'sh', process.execPath, WRITER, at, '0', 'full'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = [];
  for await (const line of createInterface({ input: child.stdout })) said.push(line);
  const refused = said.findIndex((line) => line.startsWith('refused'));
  assert.ok(refused > 10, said.join('\n'));
  assert.match(said[refused], /^refused store\.unavailable .*EFBIG/);
  assert.equal(said.at(-1), 'saved again');
  const store = await FileStore.open(at);
  assert.deepEqual(await times(store, 'general'), [refused]);
  await store.close();
});
