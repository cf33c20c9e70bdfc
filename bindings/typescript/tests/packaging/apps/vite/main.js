import { ready } from 'reeeductio';
import wasm from 'reeeductio/reeeductio.wasm?url';
import { roundTrip } from './roundtrip.js';
import { ask, show } from './show.js';

show({
  plain: roundTrip,
  async own(server) {
    await ready({ wasm });
    return await roundTrip(server);
  },
  worker(server) {
    return ask(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }), server);
  },
});
