import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mount, settled } from './dom.mjs';
import { FakeSpace, gate } from './fake.mjs';

const { useSpace } = await import('../../dist/esm/react.js');

test('a space is opened, and closed with the component', async (t) => {
  const space = new FakeSpace();
  const view = mount(t, () => useSpace(async () => space, []));
  assert.equal((await view.until(({ isLoading }) => !isLoading)).space, space);
  assert.deepEqual(view.seen[0], { space: undefined, isLoading: true, error: undefined });
  assert.equal(space.closed, 0);
  view.unmount();
  assert.equal(space.closed, 1);
});

test('in strict mode one stays open', async (t) => {
  const all = [];
  const open = () => {
    all.push(new FakeSpace());
    return all.at(-1);
  };
  const view = mount(t, () => useSpace(open, []), { strict: true });
  const { space } = await view.until(({ isLoading }) => !isLoading);
  await settled();
  assert.deepEqual(all.map(({ closed }) => closed), [1, 0]);
  assert.equal(view.now.space, all[1]);
  assert.equal(space, all[1]);
  view.unmount();
  assert.deepEqual(all.map(({ closed }) => closed), [1, 1]);
});

test('with other dependencies another is opened, and the one before closed', async (t) => {
  const all = { one: new FakeSpace(), two: new FakeSpace() };
  const view = mount(t, ({ name }) => useSpace(() => all[name], [name]), { props: { name: 'one' } });
  await view.until(({ space }) => space === all.one);
  view.render({ name: 'two' });
  await view.until(({ space }) => space === all.two);
  const shown = view.seen.map(({ space }) => space);
  assert.deepEqual(shown.filter((space, place) => space !== shown[place - 1] || place === 0), [undefined, all.one, undefined, all.two]);
  assert.deepEqual([all.one.closed, all.two.closed], [1, 0]);
});

test('one that opens when nobody waits any more is closed', async (t) => {
  const space = new FakeSpace();
  const { promise, open } = gate();
  let signal;
  const view = mount(t, () =>
    useSpace(async (given) => {
      signal = given;
      await promise;
      return space;
    }, []),
  );
  await view.until(({ isLoading }) => isLoading);
  view.unmount();
  assert.ok(signal.aborted);
  open();
  await settled();
  assert.equal(space.closed, 1);
  assert.equal(view.now.space, undefined);
});

test('an error in opening', async (t) => {
  const view = mount(t, () =>
    useSpace(() => {
      throw 'no keys';
    }, []),
  );
  const { error, space } = await view.until(({ isLoading }) => !isLoading);
  assert.ok(error instanceof Error);
  assert.equal(error.message, 'no keys');
  assert.equal(space, undefined);
});
