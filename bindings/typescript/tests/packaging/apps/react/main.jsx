import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { generateKeyPair, toSpaceId } from 'reeeductio';
import { Greetings } from './greetings.jsx';

const keyPair = await generateKeyPair();
const asked = new URLSearchParams(location.search);
/** A server that is far away. */
const slowFetch = async (...request) => {
  await new Promise((resolve) => setTimeout(resolve, Number(asked.get('latency'))));
  return await fetch(...request);
};
const options = {
  spaceId: toSpaceId(keyPair.publicKey),
  keyPair,
  symmetricRoot: crypto.getRandomValues(new Uint8Array(32)),
  baseUrl: asked.get('server'),
  fetch: slowFetch,
};
createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Greetings options={options} />
  </StrictMode>,
);
