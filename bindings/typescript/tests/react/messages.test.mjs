import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mount, settled } from './dom.mjs';
import { FakeSpace, gate } from './fake.mjs';

const { useMessages } = await import('../../dist/esm/react.js');

const texts = ({ messages }) => messages.map(({ text }) => text);
const holds = (...expected) => (shown) => JSON.stringify(texts(shown)) === JSON.stringify(expected);
const show = (t, space, topic = 'general', options = {}) =>
  mount(t, (props) => useMessages(props.space, props.topic, props.options), { props: { space, topic, options }, ...options });

for (const strict of [false, true]) {
  test(`history, then what comes${strict ? ', in strict mode' : ''}`, async (t) => {
    const space = new FakeSpace();
    for (const text of ['one', 'two']) space.store('general', text);
    const view = show(t, space, 'general', { strict });
    assert.deepEqual(await view.until(({ isLoading }) => !isLoading).then(texts), ['one', 'two']);
    assert.equal(view.seen[0].isLoading, true);
    assert.deepEqual(texts(view.seen[0]), []);
    await settled();
    space.store('general', 'three');
    space.store('other', 'not here');
    space.store('general', 'four');
    await view.until(holds('one', 'two', 'three', 'four'));
    assert.equal(view.now.error, undefined);
    assert.equal(view.now.hasMore, false);
    assert.deepEqual(view.now.messages.map(({ id, message }) => [id, message.sender]), [1, 2, 3, 5].map((n) => [`M${n === 5 ? 5 : n}`, 'U']));
    assert.equal(space.streams.size, 1);
    view.unmount();
    await settled();
    assert.equal(space.streams.size, 0);
    assert.ok(space.signals.every(({ aborted }) => aborted));
  });
}

test('what comes between reading and hearing is not missed', async (t) => {
  const space = new FakeSpace();
  space.store('general', 'one');
  const { promise, open } = gate();
  space.streamGate = promise;
  const view = show(t, space);
  await view.until(holds('one'));
  space.store('general', 'two');
  open();
  await view.until(holds('one', 'two'));
});

test('the first message of a topic', async (t) => {
  const space = new FakeSpace();
  const view = show(t, space);
  await view.until(({ isLoading }) => !isLoading);
  space.store('general', 'one');
  await view.until(holds('one'));
});

test('there are no more than the limit, and raising it shows earlier ones', async (t) => {
  const space = new FakeSpace();
  for (const text of ['one', 'two', 'three', 'four']) space.store('general', text);
  const view = show(t, space, 'general', { limit: 3 });
  await view.until(holds('two', 'three', 'four'));
  assert.equal(view.now.hasMore, true);
  await settled();
  space.store('general', 'five');
  await view.until(holds('three', 'four', 'five'));
  view.render({ space, topic: 'general', options: { limit: 10 } });
  await view.until(holds('one', 'two', 'three', 'four', 'five'));
  assert.equal(view.now.hasMore, false);
  await settled();
  assert.equal(space.streams.size, 1);
});

test('a limit that is exceeded says that there is more', async (t) => {
  const space = new FakeSpace();
  space.store('general', 'one');
  const view = show(t, space, 'general', { limit: 1 });
  await view.until(holds('one'));
  assert.equal(view.now.hasMore, false);
  space.store('general', 'two');
  await view.until(holds('two'));
  assert.equal(view.now.hasMore, true);
});

test('a message that does not open is shown as such', async (t) => {
  const space = new FakeSpace();
  space.store('general', 'sealed otherwise');
  space.store('general', 'fine');
  const view = show(t, space);
  const { messages } = await view.until(({ isLoading }) => !isLoading);
  assert.deepEqual(messages.map(({ text, data, error }) => [text, data?.length, error?.message]), [
    [undefined, undefined, 'it does not open'],
    ['fine', 4, undefined],
  ]);
});

test('posting', async (t) => {
  const space = new FakeSpace();
  const view = show(t, space);
  const { post } = await view.until(({ isLoading }) => !isLoading);
  const { messageHash } = await post('chat.text', 'Hello!');
  await view.until(holds('Hello!'));
  assert.equal(view.now.messages[0].id, messageHash);
  assert.equal(view.now.post, post);
});

test('without a space it waits, and nothing can be posted', async (t) => {
  const space = new FakeSpace();
  space.store('general', 'one');
  const view = show(t, undefined);
  await settled();
  assert.equal(view.now.isLoading, true);
  await assert.rejects(view.now.post('chat.text', 'Hello!'), /no space yet/);
  view.now.reload();
  view.render({ space, topic: 'general' });
  await view.until(holds('one'));
});

test('an error in reading, and going on after it', async (t) => {
  const space = new FakeSpace();
  space.failing = new Error('no answer');
  const view = show(t, space);
  const { error, isLoading } = await view.until(({ error }) => error);
  assert.equal(error.message, 'no answer');
  assert.equal(isLoading, false);
  assert.equal(space.opened, 0);
  space.failing = undefined;
  space.store('general', 'one');
  view.now.reload();
  await view.until(holds('one'));
  assert.equal(view.now.error, undefined);
});

test('a stream that fails, and going on after it', async (t) => {
  const space = new FakeSpace();
  space.store('general', 'one');
  const view = show(t, space);
  await view.until(holds('one'));
  await settled();
  space.fail(new Error('it broke'));
  await view.until(({ error }) => error?.message === 'it broke');
  assert.deepEqual(texts(view.now), ['one']);
  space.store('general', 'two');
  await settled();
  assert.deepEqual(texts(view.now), ['one']);
  view.now.reload();
  await view.until(holds('one', 'two'));
  assert.equal(view.now.error, undefined);
  await settled();
  space.store('general', 'three');
  await view.until(holds('one', 'two', 'three'));
});

test('another topic is shown without what was there', async (t) => {
  const space = new FakeSpace();
  space.store('general', 'one');
  space.store('other', 'two');
  const view = show(t, space);
  await view.until(holds('one'));
  const { promise, open } = gate();
  space.gate = promise;
  view.render({ space, topic: 'other' });
  await view.until(holds());
  assert.equal(view.now.isLoading, true);
  open();
  await view.until(holds('two'));
  space.store('general', 'three');
  space.store('other', 'four');
  await view.until(holds('two', 'four'));
});

test('nothing is updated after the component has gone', async (t) => {
  const space = new FakeSpace();
  space.store('general', 'one');
  const { promise, open } = gate();
  space.gate = promise;
  const view = show(t, space);
  await view.until(({ isLoading }) => isLoading);
  view.unmount();
  assert.ok(space.signals.every(({ aborted }) => aborted));
  const { length } = view.seen;
  open();
  await settled();
  assert.equal(view.seen.length, length);
  assert.equal(space.opened, 0);
});

test('all components of a space share a stream, and miss nothing when it is opened anew', async (t) => {
  const space = new FakeSpace();
  space.store('general', 'one');
  space.store('other', 'two');
  const general = show(t, space, 'general');
  await general.until(holds('one'));
  await settled();
  const { promise, open } = gate();
  space.streamGate = promise;
  const other = show(t, space, 'other');
  await other.until(holds('two'));
  await settled();
  // The stream is being opened anew for both.
  assert.equal(space.streams.size, 0);
  space.store('general', 'three');
  space.store('other', 'four');
  open();
  await general.until(holds('one', 'three'));
  await other.until(holds('two', 'four'));
  assert.equal(space.streams.size, 1);
  other.unmount();
  await settled();
  assert.equal(space.streams.size, 1);
  space.store('general', 'five');
  await general.until(holds('one', 'three', 'five'));
  general.unmount();
  await settled();
  assert.equal(space.streams.size, 0);
});

test('a component that has read less than others have heard misses nothing', async (t) => {
  const space = new FakeSpace();
  space.store('general', 'one');
  const first = show(t, space);
  await first.until(holds('one'));
  await settled();
  const late = new FakeSpace();
  late.topics.set('general', [...space.topics.get('general')]);
  // It reads before the next message, and gets its answer after others have heard of that.
  const { promise, open } = gate();
  const { getMessages } = space;
  space.getMessages = async (...parameters) => {
    const page = await getMessages.apply(late, parameters);
    await promise;
    return page;
  };
  const second = show(t, space);
  await second.until(({ isLoading }) => isLoading);
  await settled();
  space.store('general', 'two');
  await first.until(holds('one', 'two'));
  open();
  await second.until(holds('one', 'two'));
  await settled();
  assert.ok(holds('one', 'two')(first.now));
  assert.equal(space.streams.size, 1);
});

test('on a server it is shown as loading, and nothing is begun', async () => {
  const { createElement } = await import('react');
  const { renderToString } = await import('react-dom/server');
  const space = new FakeSpace();
  const Shown = () => (useMessages(space, 'general').isLoading ? 'loading' : 'there');
  assert.equal(renderToString(createElement(Shown)), 'loading');
  assert.deepEqual(space.signals, []);
});
