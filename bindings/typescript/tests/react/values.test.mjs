import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mount, settled } from './dom.mjs';
import { FakeSpace, gate } from './fake.mjs';

const { useData, useSpaceState } = await import('../../dist/esm/react.js');

const KINDS = { state: useSpaceState, data: useData };
const show = (t, use, space, options = {}, path = 'profiles/ann') =>
  mount(t, (props) => use(props.space, props.path, options), { props: { space, path }, ...options });
const loaded = ({ isLoading }) => !isLoading;

for (const [kind, use] of Object.entries(KINDS)) {
  for (const plaintext of [false, true]) {
    const place = `${plaintext ? '' : 'sealed '}${kind} profiles/ann`;

    test(`${place}: read and set`, async (t) => {
      const space = new FakeSpace();
      space.values.set(place, 'Ann');
      const view = show(t, use, space, { plaintext });
      assert.equal((await view.until(loaded)).text, 'Ann');
      assert.equal(view.seen[0].isLoading, true);
      const { set } = view.now;
      await set('Anna');
      await view.until(({ text }) => text === 'Anna');
      assert.deepEqual(view.now.value, new TextEncoder().encode('Anna'));
      assert.equal(view.now.set, set);
    });
  }

  test(`${kind}: where nothing is, there is no error`, async (t) => {
    const view = show(t, use, new FakeSpace());
    const { value, text, error } = await view.until(loaded);
    assert.deepEqual([value, text, error], [undefined, undefined, undefined]);
    await view.now.set('Ann');
    await view.until(({ text }) => text === 'Ann');
  });

  test(`${kind}: an error, and going on after it`, async (t) => {
    const space = new FakeSpace();
    space.values.set(`sealed ${kind} profiles/ann`, 'Ann');
    space.failing = new Error('no answer');
    const view = show(t, use, space);
    assert.equal((await view.until(loaded)).error.message, 'no answer');
    space.failing = undefined;
    view.now.reload();
    await view.until(({ text }) => text === 'Ann');
    assert.equal(view.now.error, undefined);
  });

  test(`${kind}: strict mode, and its end`, async (t) => {
    const space = new FakeSpace();
    space.values.set(`sealed ${kind} profiles/ann`, 'Ann');
    const view = show(t, use, space, { strict: true });
    await view.until(({ text }) => text === 'Ann');
    await settled();
    assert.ok(space.streams.size <= 1);
    const { promise, open } = gate();
    space.gate = promise;
    view.now.reload();
    await settled();
    const { length } = view.seen;
    view.unmount();
    space.values.set(`sealed ${kind} profiles/ann`, 'Anna');
    open();
    await settled();
    assert.equal(view.seen.length, length);
    assert.equal(space.streams.size, 0);
    assert.ok(space.signals.every(({ aborted }) => aborted));
  });

  test(`${kind}: another path is shown without what was there`, async (t) => {
    const space = new FakeSpace();
    space.values.set(`sealed ${kind} profiles/ann`, 'Ann');
    space.values.set(`sealed ${kind} profiles/bob`, 'Bob');
    const view = show(t, use, space);
    await view.until(({ text }) => text === 'Ann');
    const { length } = view.seen;
    view.render({ space, path: 'profiles/bob' });
    await view.until(({ text }) => text === 'Bob');
    assert.deepEqual([...new Set(view.seen.slice(length).map(({ text }) => text))], [undefined, 'Bob']);
  });

  test(`${kind}: without a space it waits, and nothing can be set`, async (t) => {
    const view = show(t, use, undefined);
    await settled();
    assert.equal(view.now.isLoading, true);
    await assert.rejects(view.now.set('Ann'), /no space yet/);
  });
}

test('state: what others change is shown', async (t) => {
  const space = new FakeSpace();
  const view = show(t, useSpaceState, space);
  await view.until(loaded);
  await space.setEncryptedState('profiles/ann', 'Ann');
  await view.until(({ text }) => text === 'Ann');
  const { reads } = space;
  await space.setEncryptedState('profiles/bob', 'Bob');
  space.store('general', 'a message', 'profiles/ann');
  await settled();
  assert.equal(space.reads, reads);
});

test('state: it is read when nothing can be missed any more', async (t) => {
  const space = new FakeSpace();
  await space.setEncryptedState('profiles/ann', 'Ann');
  const { promise, open } = gate();
  space.streamGate = promise;
  const view = show(t, useSpaceState, space);
  await settled();
  assert.equal(space.reads, 0);
  await space.setEncryptedState('profiles/ann', 'Anna');
  open();
  await view.until(({ text }) => text === 'Anna');
});

test('state: what is changed while it is read is read again', async (t) => {
  const space = new FakeSpace();
  await space.setEncryptedState('profiles/ann', 'Ann');
  const { promise, open } = gate();
  space.gate = promise;
  const view = show(t, useSpaceState, space);
  await settled();
  assert.equal(space.reads, 1);
  await space.setEncryptedState('profiles/ann', 'Anna');
  await space.setEncryptedState('profiles/ann', 'Annabel');
  await settled();
  open();
  await view.until(({ text }) => text === 'Annabel');
  assert.equal(space.reads, 2);
});

test('state: all components share a stream', async (t) => {
  const space = new FakeSpace();
  const views = ['ann', 'bob', 'eve'].map((name) => show(t, useSpaceState, space, {}, `profiles/${name}`));
  for (const view of views) await view.until(loaded);
  assert.equal(space.opened, 1);
  const late = show(t, useSpaceState, space, {}, 'profiles/joe');
  await late.until(loaded);
  assert.equal(space.opened, 1);
  await space.setEncryptedState('profiles/joe', 'Joe');
  await late.until(({ text }) => text === 'Joe');
});

test('state: a stream that fails is an error', async (t) => {
  const space = new FakeSpace();
  await space.setEncryptedState('profiles/ann', 'Ann');
  const view = show(t, useSpaceState, space);
  await view.until(({ text }) => text === 'Ann');
  space.fail(new Error('it broke'));
  await view.until(({ error }) => error?.message === 'it broke');
  assert.equal(view.now.text, 'Ann');
  await space.setEncryptedState('profiles/ann', 'Anna');
  view.now.reload();
  await view.until(({ text }) => text === 'Anna');
  assert.equal(view.now.error, undefined);
});

test('data: what others change is shown, and nothing of other paths is read', async (t) => {
  const space = new FakeSpace();
  const view = show(t, useData, space);
  await view.until(loaded);
  await space.setEncryptedData('profiles/ann', 'Ann');
  await view.until(({ text }) => text === 'Ann');
  const { reads } = space;
  await space.setEncryptedData('profiles/ann/age', '7');
  await space.setEncryptedData('profiles/bob', 'Bob');
  await settled();
  assert.equal(space.reads, reads);
});

test('data: it is read when nothing can be missed any more', async (t) => {
  const space = new FakeSpace();
  const { promise, open } = gate();
  space.streamGate = promise;
  const view = show(t, useData, space);
  await settled();
  assert.equal(space.reads, 0);
  await space.setEncryptedData('profiles/ann', 'Ann');
  open();
  await view.until(({ text }) => text === 'Ann');
});

test('data: a stream that fails is an error, and going on after it', async (t) => {
  const space = new FakeSpace();
  await space.setEncryptedData('profiles/ann', 'Ann');
  const view = show(t, useData, space);
  await view.until(({ text }) => text === 'Ann');
  space.fail(new Error('it broke'));
  await view.until(({ error }) => error?.message === 'it broke');
  assert.equal(view.now.text, 'Ann');
  view.now.reload();
  await view.until(({ error }) => error === undefined);
});

test('data: from a server that cannot be followed it is read once, or again and again', async (t) => {
  const ticking = new Map();
  t.mock.method(globalThis, 'setInterval', (work, pause) => {
    assert.equal(pause, 1000);
    ticking.set(work, work);
    return work;
  });
  t.mock.method(globalThis, 'clearInterval', (timer) => ticking.delete(timer));
  const tick = () => ticking.forEach((work) => work());
  const space = new FakeSpace();
  space.unwatchable = Object.assign(new Error('not here'), { code: 'client.unsupported' });
  const once = show(t, useData, space);
  await once.until(loaded);
  assert.deepEqual([space.reads, ticking.size, once.now.error], [1, 0, undefined]);
  once.unmount();
  space.reads = 0;
  space.values.set('sealed data profiles/ann', 'here');
  const view = show(t, useData, space, { interval: 1000 });
  await view.until(({ text }) => text === 'here');
  const { length } = view.seen;
  tick();
  await settled();
  assert.equal(space.reads, 2);
  assert.equal(view.seen.length, length);
  space.values.set('sealed data profiles/ann', 'away');
  tick();
  await view.until(({ text }) => text === 'away');
  view.unmount();
  assert.equal(ticking.size, 0);
  assert.equal(space.reads, 3);
});
