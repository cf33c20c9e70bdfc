/** Values that several hooks show or set, and answers that must not look like values. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mount, settled } from './dom.mjs';
import { FakeSpace, gate, named } from './fake.mjs';

const { useData, useSpaceState } = await import('../../dist/esm/react.js');

for (const [kind, use] of Object.entries({ state: useSpaceState, data: useData })) {
  test(`${kind}: a space that the server does not have is not shown as a value that is not there`, async (t) => {
    const space = new FakeSpace();
    space.failing = named('NotFoundError', 'space.unknown');
    const view = mount(t, () => use(space, 'profiles/ann'));
    await view.until(({ isLoading }) => !isLoading);
    assert.equal(view.now.error?.code, 'space.unknown');
  });
}

test('a server that asks for a month is not asked again at once', async (t) => {
  const space = new FakeSpace();
  space.failing = named('RateLimitError', 'rate.limited', { retryAfter: 30 * 86_400 });
  const view = mount(t, () => useSpaceState(space, 'profiles/ann'));
  await view.until(({ error }) => error);
  const before = space.reads;
  await new Promise((resolve) => setTimeout(resolve, 100));
  await settled();
  assert.ok(space.reads <= before + 1, `${space.reads - before} reads in 100 ms`);
});

/** Lets each write wait until its text is released. */
function slow(space) {
  const gates = new Map();
  space.whenSet = (text) => {
    const made = gate();
    gates.set(text, made);
    return made.promise;
  };
  return async (text) => {
    gates.get(text)?.open();
    await settled();
  };
}

for (const [kind, use] of Object.entries({ state: useSpaceState, data: useData })) {
  const place = `sealed ${kind} ann`;

  test(`${kind}: what was typed last is stored, also if another path was shown in between`, async (t) => {
    const space = new FakeSpace();
    space.values.set(place, '');
    const view = mount(t, ({ path }) => use(space, path), { props: { path: 'ann' } });
    await view.until(({ isLoading }) => !isLoading);
    const release = slow(space);
    void view.now.set('A');
    void view.now.set('An');
    view.render({ path: 'ben' });
    await settled();
    view.render({ path: 'ann' });
    await settled();
    void view.now.set('Ann');
    await settled();
    for (const text of ['Ann', 'A', 'An', 'Ann']) await release(text);
    assert.equal(new TextDecoder().decode(space.values.get(place)), 'Ann', space.sets.join());
  });

  test(`${kind}: what was typed last is stored, also if two fields show the path`, async (t) => {
    const space = new FakeSpace();
    space.values.set(place, '');
    const one = mount(t, () => use(space, 'ann'));
    const two = mount(t, () => use(space, 'ann'));
    await one.until(({ isLoading }) => !isLoading);
    await two.until(({ isLoading }) => !isLoading);
    const release = slow(space);
    void one.now.set('A');
    void one.now.set('An');
    void two.now.set('Ann');
    for (const text of ['Ann', 'A', 'An', 'Ann']) await release(text);
    assert.equal(new TextDecoder().decode(space.values.get(place)), 'Ann', space.sets.join());
  });
}
