import { ready } from 'reeeductio';
import { roundTrip } from './roundtrip.js';
import { ask, show } from './show.js';

show({
  plain: roundTrip,
  async own(server) {
    await ready({ wasm: new URL('reeeductio/reeeductio.wasm', import.meta.url) });
    return await roundTrip(server);
  },
  worker(server) {
    return ask(new Worker(new URL('./worker.js', import.meta.url)), server);
  },
});
