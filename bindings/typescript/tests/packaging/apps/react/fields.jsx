import { useData, useSpaceState } from 'reeeductio/react';

const HOOKS = { data: useData, state: useSpaceState };

/** A text field that is bound to a value of a space, and beside it what the server has. */
export function Field({ space, kind }) {
  const { text, set, error } = HOOKS[kind](space, 'title');
  const stored = HOOKS[kind](space, 'title');
  return (
    <p>
      <input aria-label={kind} value={text ?? ''} onChange={(event) => set(event.target.value)} />
      <output aria-label={`stored ${kind}`}>{stored.text}</output>
      {error && <span role="alert">{error.stack}</span>}
    </p>
  );
}
