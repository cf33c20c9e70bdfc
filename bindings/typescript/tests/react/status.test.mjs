import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mount, settled } from './dom.mjs';
import { FakeSpace } from './fake.mjs';

const { useStatus } = await import('../../dist/esm/react.js');

for (const strict of [false, true]) {
  test(`the status is shown as it changes${strict ? ', in strict mode' : ''}`, async (t) => {
    const space = new FakeSpace();
    const view = mount(t, (props) => useStatus(props.space), { props: { space: undefined }, strict });
    await view.until((status) => status === 'idle');
    view.render({ space });
    await settled();
    space.tell('connecting');
    await view.until((status) => status === 'connecting');
    space.tell('connected');
    await view.until((status) => status === 'connected');
    view.render({ space: undefined });
    await view.until((status) => status === 'idle');
    view.unmount();
    await settled();
    assert.equal(space.listeners.size, 0);
  });
}
