/** Hooks without a server: they show what the local store has, and try again. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { mount, settled } from './dom.mjs';
import { FakeSpace, named } from './fake.mjs';

const { useData, useMessages, useSpaceState } = await import('../../dist/esm/react.js');

const NO_SERVER = () => named('NetworkError', 'transport.connect');
const NO_STREAM = () => named('StreamError', 'transport.connect');

/** Each hook, how its space gets something to show, and what it shows. */
const HOOKS = {
  useMessages: {
    use: (space) => useMessages(space, 'general'),
    fill: (space, text) => space.store('general', text),
    keep: (space, text) => space.local.set('general', [{ ...space.store('kept', text), topicId: 'general' }]),
    shown: ({ messages }) => messages.map(({ text }) => text).join(),
  },
  useSpaceState: {
    use: (space) => useSpaceState(space, 'profiles/ann'),
    fill: (space, text) => space.setEncryptedState('profiles/ann', text),
    keep: (space, text) => space.local.set('sealed state profiles/ann', text),
    shown: ({ text }) => text ?? '',
  },
  useData: {
    use: (space) => useData(space, 'profiles/ann'),
    fill: (space, text) => space.setEncryptedData('profiles/ann', text),
    keep: (space, text) => space.local.set('sealed data profiles/ann', text),
    shown: ({ text }) => text ?? '',
  },
};

/** Timers that wait, and the events of the browser. */
let timers;
let events;

beforeEach((t) => {
  timers = [];
  events = new EventTarget();
  const real = { setTimeout, clearTimeout, random: Math.random };
  const { addEventListener, removeEventListener } = globalThis;
  globalThis.setTimeout = (work, pause) => {
    const timer = { work, pause };
    timers.push(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => (timers = timers.filter((each) => each !== timer));
  globalThis.addEventListener = events.addEventListener.bind(events);
  globalThis.removeEventListener = events.removeEventListener.bind(events);
  // The longest pause.
  Math.random = () => 1;
  restore = () => {
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
    Object.assign(globalThis, { addEventListener, removeEventListener });
    Math.random = real.random;
  };
});
let restore;
afterEach(() => restore());

/** Lets the pause pass that waits, and says how long it was. */
async function pass() {
  assert.equal(timers.length, 1);
  const [{ work, pause }] = timers;
  work();
  await settled();
  return pause;
}

/** A space whose server cannot be reached. */
function unreachable() {
  const space = new FakeSpace();
  space.failing = NO_SERVER();
  space.unreachable = NO_STREAM();
  return space;
}

function reachable(space) {
  space.failing = undefined;
  space.unreachable = undefined;
}

for (const [name, { use, fill, keep, shown }] of Object.entries(HOOKS)) {
  const show = (t, space, options) => mount(t, () => use(space), options);

  test(`${name}: opened without a server, it tries again with growing pauses until it is there`, async (t) => {
    const space = unreachable();
    const view = show(t, space);
    const { error } = await view.until(({ error }) => error);
    assert.match(error.name, /NetworkError|StreamError/);
    const pauses = [];
    for (let attempt = 0; attempt < 9; attempt += 1) pauses.push(await pass());
    assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    assert.ok(view.now.error, 'the error stays meanwhile');
    reachable(space);
    await fill(space, 'there');
    await pass();
    await view.until((now) => shown(now) === 'there' && !now.error);
    assert.equal(timers.length, 0);
    await fill(space, 'and live');
    await view.until((now) => shown(now).endsWith('and live'));
    // Later failures begin with a short pause again.
    space.fail(NO_STREAM());
    await view.until(({ error }) => error);
    assert.equal(await pass(), 500);
    await view.until(({ error }) => !error);
  });

  test(`${name}: it tries at once when the browser is online again`, async (t) => {
    const space = unreachable();
    const view = show(t, space);
    await view.until(({ error }) => error);
    await pass();
    events.dispatchEvent(new Event('online'));
    await settled();
    assert.deepEqual(timers.map(({ pause }) => pause), [500], 'and then with short pauses');
    reachable(space);
    events.dispatchEvent(new Event('online'));
    await view.until(({ error }) => !error);
    assert.equal(timers.length, 0);
    const { opened } = space;
    events.dispatchEvent(new Event('online'));
    await settled();
    assert.equal(space.opened, opened, 'nothing is opened again without a reason');
  });

  test(`${name}: nothing is tried after the component has gone`, async (t) => {
    const space = unreachable();
    const view = show(t, space);
    await view.until(({ error }) => error);
    view.unmount();
    assert.equal(timers.length, 0);
    const { length } = space.signals;
    events.dispatchEvent(new Event('online'));
    await settled();
    assert.equal(space.signals.length, length);
  });

  test(`${name}: an error that does not pass stays until the program asks`, async (t) => {
    for (const error of [
      named('AuthorizationError', 'permission.denied'),
      named('StreamError', 'client.unknown'),
      named('IntegrityError', 'verify.fork'),
    ]) {
      const space = unreachable();
      space.failing = space.unreachable = error;
      const view = show(t, space);
      await view.until(({ error }) => error);
      assert.equal(timers.length, 0);
      reachable(space);
      await fill(space, 'there');
      events.dispatchEvent(new Event('online'));
      await settled();
      assert.equal(view.now.error, error);
      view.now.reload();
      await view.until((now) => shown(now) === 'there' && !now.error);
      view.unmount();
    }
  });

  test(`${name}: a server that asks for patience has it`, async (t) => {
    const space = unreachable();
    space.failing = space.unreachable = named('RateLimitError', 'rate.limited', { retryAfter: 7 });
    const view = show(t, space);
    await view.until(({ error }) => error);
    assert.equal(await pass(), 7000);
    space.failing = space.unreachable = named('ServerError', 'server.busy');
    assert.equal(await pass(), 7000);
    assert.equal(await pass(), 2000);
    reachable(space);
    await pass();
    await view.until(({ error }) => !error);
  });

  for (const strict of [false, true]) {
    test(`${name}: what the local store has is shown before the server answers${strict ? ', in strict mode' : ''}`, async (t) => {
      const space = unreachable();
      space.local = new Map();
      keep(space, 'kept');
      const view = show(t, space, { strict });
      const first = await view.until(({ isLoading }) => !isLoading);
      assert.equal(shown(first), 'kept');
      await view.until(({ error }) => error);
      assert.equal(shown(view.now), 'kept');
      reachable(space);
      await fill(space, 'newer');
      await pass();
      await view.until((now) => shown(now).endsWith('newer') && !now.error);
    });
  }

  test(`${name}: an empty store says nothing, and it goes on loading`, async (t) => {
    const space = new FakeSpace();
    space.local = new Map();
    space.gate = new Promise(() => {});
    const view = show(t, space);
    await settled();
    assert.equal(view.now.isLoading, true);
  });

  test(`${name}: all hooks of a space recover, whichever tries first`, async (t) => {
    const space = unreachable();
    const [one, two] = [show(t, space), show(t, space)];
    await one.until(({ error }) => error);
    await two.until(({ error }) => error);
    reachable(space);
    await fill(space, 'there');
    for (const { work } of [...timers]) work();
    for (const view of [one, two]) await view.until((now) => shown(now) === 'there' && !now.error);
    await settled();
    assert.equal(timers.length, 0);
    assert.equal(space.streams.size, 1);
  });
}

test('a stream that others opened again counts for all, and their pauses end', async (t) => {
  const space = new FakeSpace();
  space.store('general', 'one');
  const state = mount(t, () => useSpaceState(space, 'profiles/ann'));
  const messages = mount(t, () => useMessages(space, 'general'));
  await state.until(({ isLoading }) => !isLoading);
  await messages.until(({ isLoading }) => !isLoading);
  await settled();
  space.fail(NO_STREAM());
  await state.until(({ error }) => error);
  await messages.until(({ error }) => error);
  assert.equal(timers.length, 2);
  space.store('general', 'two');
  timers[0].work();
  await state.until(({ error }) => !error);
  await messages.until(({ error, messages }) => !error && messages.length === 2);
  assert.equal(timers.length, 0);
});

test('setting a value does not end the trying for a stream that broke', async (t) => {
  const space = new FakeSpace();
  const view = mount(t, () => useSpaceState(space, 'profiles/ann'));
  await view.until(({ isLoading }) => !isLoading);
  space.unreachable = NO_STREAM();
  space.fail(NO_STREAM());
  await view.until(({ error }) => error);
  await view.now.set('Ann');
  await settled();
  assert.equal(view.now.text, 'Ann');
  assert.ok(view.now.error, 'changes of others still do not come');
  reachable(space);
  await pass();
  await view.until(({ error }) => !error);
  await space.setEncryptedState('profiles/ann', 'Anna');
  await view.until(({ text }) => text === 'Anna');
});

test('a stored value in the clear, and one that was removed', async (t) => {
  const space = unreachable();
  space.local = new Map([['data profiles/ann', 'Ann']]);
  const plain = mount(t, () => useData(space, 'profiles/ann', { plaintext: true }));
  assert.equal((await plain.until(({ isLoading }) => !isLoading)).text, 'Ann');
  plain.unmount();
  space.local = new Map([['state profiles/ann', '']]);
  const removed = mount(t, () => useSpaceState(space, 'profiles/ann'));
  assert.equal((await removed.until(({ isLoading }) => !isLoading)).text, '');
});

test('what a store cannot say is asked of the server', async (t) => {
  const space = new FakeSpace();
  await space.setEncryptedData('profiles/ann', 'Ann');
  // It is sealed, and so does not open as text in the clear does.
  space.local = new Map([['data profiles/ann', 'Ann']]);
  const view = mount(t, () => useData(space, 'profiles/ann'));
  await view.until(({ text }) => text === 'Ann');
  assert.equal(view.now.error, undefined);
});
