import { Space } from 'reeeductio';
import { useMessages, useSpace } from 'reeeductio/react';

/** What was said in a space, and a button that says something. */
export function Greetings({ options }) {
  const { space, error } = useSpace((signal) => Space.open({ ...options, signal }), [options]);
  const general = useMessages(space, 'general');
  const failure = error ?? general.error;
  if (failure) return <p role="alert">{failure.stack}</p>;
  return (
    <>
      <ul>{general.messages.map(({ id, text }) => <li key={id}>{text}</li>)}</ul>
      <button disabled={general.isLoading} onClick={() => general.post('chat.text', 'hello from here')}>
        Greet
      </button>
    </>
  );
}
