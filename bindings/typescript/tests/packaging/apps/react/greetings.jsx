import { Space } from 'reeeductio';
import { useMessages, useSpace } from 'reeeductio/react';
import { Field } from './fields.jsx';

/** What was said in a space, a button that says something, and two fields. */
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
      <Field space={space} kind="data" />
      <Field space={space} kind="state" />
    </>
  );
}
