/** A document for React, and components that show what a hook gives. */

import assert from 'node:assert/strict';
import { Window } from 'happy-dom';

const window = new Window();
Object.assign(globalThis, { window, document: window.document });
globalThis.navigator ??= window.navigator;
// React looks for the document when it is loaded.
const { createElement, StrictMode, useEffect } = await import('react');
const { createRoot } = await import('react-dom/client');

const complaints = [];
console.error = (...parts) => complaints.push(parts.join(' '));

/** Shows a hook; ends with the test, which fails if React complained. */
export function mount(t, use, { strict = false, props = {} } = {}) {
  const seen = [];
  const waiting = new Set();
  const Shown = ({ props }) => {
    const value = use(props);
    useEffect(() => {
      if (seen.at(-1) === value) return;
      seen.push(value);
      for (const each of [...waiting]) each();
    });
    return null;
  };
  const root = createRoot(document.createElement('div'), { onUncaughtError: (error) => complaints.push(error.stack) });
  const render = (props) => {
    const shown = createElement(Shown, { props });
    root.render(strict ? createElement(StrictMode, null, shown) : shown);
  };
  let mounted = true;
  const unmount = () => {
    if (mounted) root.unmount();
    mounted = false;
  };
  render(props);
  t.after(() => {
    unmount();
    assert.deepEqual(complaints.splice(0), []);
  });
  return {
    seen,
    render,
    unmount,
    /** The text that is shown now. */
    get now() {
      return seen.at(-1);
    },
    /** The first that is shown and meets a condition, from now on. */
    async until(condition) {
      while (seen.length === 0 || !condition(seen.at(-1))) {
        await new Promise((resolve) => {
          const each = () => {
            waiting.delete(each);
            resolve();
          };
          waiting.add(each);
        });
      }
      return seen.at(-1);
    },
  };
}

/** Lets everything happen that does not wait for anything. */
export async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
