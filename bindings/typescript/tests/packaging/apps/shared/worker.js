import { roundTrip } from './roundtrip.js';

onmessage = async ({ data: server }) => {
  postMessage(await roundTrip(server).catch((error) => `failed: ${error.stack}`));
};
