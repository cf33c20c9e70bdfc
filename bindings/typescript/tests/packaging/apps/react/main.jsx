import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { generateKeyPair, toSpaceId } from 'reeeductio';
import { Greetings } from './greetings.jsx';

const keyPair = await generateKeyPair();
const options = {
  spaceId: toSpaceId(keyPair.publicKey),
  keyPair,
  symmetricRoot: crypto.getRandomValues(new Uint8Array(32)),
  baseUrl: new URLSearchParams(location.search).get('server'),
};
createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Greetings options={options} />
  </StrictMode>,
);
