/** Values that are shown while they are being set. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mount, settled } from './dom.mjs';
import { FakeSpace, gate, named } from './fake.mjs';

const { useData, useSpaceState } = await import('../../dist/esm/react.js');

const show = (t, use, space) => mount(t, () => use(space, 'profiles/ann'));
const loaded = ({ isLoading }) => !isLoading;
const shows = (expected) => ({ text }) => text === expected;

/** Lets each write wait until its text is released. */
function slow(space) {
  const gates = new Map();
  space.whenSet = (text) => {
    const made = gate();
    gates.set(text, made);
    return made.promise;
  };
  return async (text, outcome) => {
    gates.get(text).open(outcome);
    await settled();
  };
}

for (const [kind, use] of Object.entries({ state: useSpaceState, data: useData })) {
  const place = `sealed ${kind} profiles/ann`;
  const start = async (t) => {
    const space = new FakeSpace();
    space.values.set(place, 'Ann');
    const view = show(t, use, space);
    await view.until(shows('Ann'));
    return { space, view };
  };

  test(`${kind}: what is set is shown at once, and stays until it is stored`, async (t) => {
    const { space, view } = await start(t);
    const release = slow(space);
    void view.now.set('Anna');
    await view.until(shows('Anna'));
    await release('Anna');
    assert.equal(space.values.get(place).length, 4);
    assert.ok(view.seen.every(({ text }) => [undefined, 'Ann', 'Anna'].includes(text)));
    assert.deepEqual(view.seen.map(({ text }) => text).slice(-1), ['Anna']);
  });

  test(`${kind}: writes go one after the other, and of those that wait only the newest is sent`, async (t) => {
    const { space, view } = await start(t);
    const release = slow(space);
    const done = [];
    for (const text of ['A', 'An', 'Ann ', 'Ann B']) void view.now.set(text).then(() => done.push(text));
    await view.until(shows('Ann B'));
    assert.deepEqual(space.sets, ['A']);
    await release('A');
    assert.deepEqual(space.sets, ['A', 'Ann B']);
    assert.deepEqual(done, ['A']);
    assert.equal(view.now.text, 'Ann B');
    await release('Ann B');
    assert.deepEqual(done, ['A', 'An', 'Ann ', 'Ann B']);
    assert.equal(view.now.text, 'Ann B');
    assert.ok(!view.seen.some(({ text }) => text === 'A'), 'an earlier value never comes back');
  });

  test(`${kind}: a write that fails gives the stored value back, with the error`, async (t) => {
    const { space, view } = await start(t);
    space.whenSet = async () => {
      throw named('AuthorizationError', 'permission.denied');
    };
    await assert.rejects(view.now.set('Anna'), { name: 'AuthorizationError' });
    await view.until(({ error }) => error);
    assert.equal(view.now.text, 'Ann');
    await settled();
    assert.equal(view.now.error.name, 'AuthorizationError', 'the reading after it does not hide the error');
    // Another program's value is shown beside it.
    space.whenSet = async () => {};
    await (kind === 'state' ? space.setEncryptedState : space.setEncryptedData).call(space, 'profiles/ann', 'Bob');
    await view.until(shows('Bob'));
    assert.equal(view.now.error.name, 'AuthorizationError');
    await view.now.set('Anna');
    await view.until(({ error }) => !error);
    assert.equal(view.now.text, 'Anna');
  });

  test(`${kind}: a reload forgets the error of a write`, async (t) => {
    const { space, view } = await start(t);
    space.whenSet = async () => {
      throw new Error('no');
    };
    // Nobody listens to the promise: that is no complaint, `error` shows it.
    void view.now.set('Anna');
    await view.until(({ error }) => error);
    view.now.reload();
    await view.until(({ error }) => !error);
    assert.equal(view.now.text, 'Ann');
  });

  test(`${kind}: after a write that fails those that wait are sent`, async (t) => {
    const { space, view } = await start(t);
    const { promise, open } = gate();
    let first = true;
    space.whenSet = async () => {
      if (!first) return;
      first = false;
      await promise;
      throw new Error('lost');
    };
    const one = view.now.set('A');
    const two = view.now.set('An');
    open();
    await assert.rejects(one, /lost/);
    await two;
    await view.until(({ text, error }) => text === 'An' && !error);
  });

  test(`${kind}: changes by others appear after the writes, and nothing that was read before them`, async (t) => {
    const { space, view } = await start(t);
    const { promise, open } = gate();
    space.gate = promise;
    space.store('state', 'sealed', 'profiles/ann');
    space.setData(place, 'profiles/ann', 'Ann');
    await settled();
    // A reading is under way when it is set.
    const release = slow(space);
    void view.now.set('Anna');
    await view.until(shows('Anna'));
    open();
    await settled();
    assert.equal(view.now.text, 'Anna', 'the older value does not come back');
    space.whenSet = async () => {};
    await (kind === 'state' ? space.setEncryptedState : space.setEncryptedData).call(space, 'profiles/ann', 'Bob');
    await settled();
    assert.equal(view.now.text, 'Anna');
    await release('Anna');
    assert.equal(view.now.text, 'Anna', 'it was stored last');
    await (kind === 'state' ? space.setEncryptedState : space.setEncryptedData).call(space, 'profiles/ann', 'Bob');
    await view.until(shows('Bob'));
  });

  test(`${kind}: what others set meanwhile appears when the write has failed`, async (t) => {
    const { space, view } = await start(t);
    const release = slow(space);
    void view.now.set('Anna');
    await view.until(shows('Anna'));
    space.values.set(place, 'Bob');
    space.store('state', 'sealed', 'profiles/ann');
    space.setData(place, 'profiles/ann', 'Bob');
    await settled();
    assert.equal(view.now.text, 'Anna');
    await release('Anna', Promise.reject(new Error('lost')));
    await view.until(shows('Bob'));
    assert.equal(view.now.error.message, 'lost');
  });

  test(`${kind}: an answer from before a write is not shown after it`, async (t) => {
    const { space, view } = await start(t);
    const { promise, open } = gate();
    space.gate = promise;
    view.now.reload();
    await settled();
    // The answer that is on its way is `Ann`.
    await view.now.set('Anna');
    await view.until(shows('Anna'));
    const { length } = view.seen;
    open();
    await settled();
    assert.equal(view.now.text, 'Anna');
    assert.ok(view.seen.slice(length).every(shows('Anna')));
  });

  test(`${kind}: a write that has begun is finished when the component goes, and so is the one that waits`, async (t) => {
    const { space, view } = await start(t);
    const release = slow(space);
    void view.now.set('A');
    const last = view.now.set('An');
    view.unmount();
    await release('A');
    await release('An');
    await last;
    assert.deepEqual(space.sets, ['A', 'An']);
  });

  test(`${kind}: what is set before it was read is shown, and the reading changes nothing`, async (t) => {
    const space = new FakeSpace();
    space.values.set(place, 'Ann');
    const { promise, open } = gate();
    space.streamGate = promise;
    const view = show(t, use, space);
    await settled();
    const release = slow(space);
    void view.now.set('Anna');
    const shown = await view.until(loaded);
    assert.equal(shown.text, 'Anna');
    open();
    await settled();
    await release('Anna');
    assert.equal(view.now.text, 'Anna');
    assert.ok(!view.seen.some(({ text }) => text === 'Ann'));
  });

  test(`${kind}: bytes, text and values of JSON`, async (t) => {
    const { view } = await start(t);
    const bytes = Uint8Array.of(55);
    const setting = view.now.set(bytes);
    // Whatever the program does to its own bytes then.
    bytes[0] = 56;
    await setting;
    await view.until(shows('7'));
    assert.equal(view.now.json(), 7);
    await view.now.set({ name: 'Ann' });
    await view.until(shows('{"name":"Ann"}'));
    assert.deepEqual(view.now.json(), { name: 'Ann' });
    await assert.rejects(view.now.set(new Map()), { name: 'ValidationError', code: 'client.argument' });
    await view.now.set('no JSON');
    await view.until(shows('no JSON'));
    assert.throws(() => view.now.json(), { name: 'ValidationError' });
    await view.now.set('');
    await view.until(shows(''));
    assert.equal(view.now.json(), undefined);
  });
}
