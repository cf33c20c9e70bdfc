const { readFileSync } = require('node:fs');
const { ready, generateKeyPair, toUserId } = require('reeeductio');

async function main() {
  await ready({ wasm: readFileSync(require.resolve('reeeductio/reeeductio.wasm')) });
  const { publicKey } = await generateKeyPair();
  process.stdout.write(toUserId(publicKey));
}

main();
