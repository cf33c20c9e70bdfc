/**
 * Signing and sealing a message, and verifying and opening it, in our WebAssembly and in the noble libraries, which are
 * JavaScript. One run in turns, so that both have the same machine; figures are medians.
 *
 *     npm install && node compare.mjs [TURNS] [DIST]
 *
 * DIST is the package to measure, by default the one that was built last in bindings/typescript.
 */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gcm } from '@noble/ciphers/aes.js';
import * as noble from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';

const LENGTH = 256;
const EACH = 200;
const turns = Number(process.argv[2] ?? 25);
const dist = resolve(process.argv[3] ?? new URL('../../bindings/typescript/dist', import.meta.url).pathname);

const ours = await import(pathToFileURL(`${dist}/esm/index.js`).href);
await ours.ready();
noble.hashes.sha512 = sha512;

const keys = await ours.generateKeyPair();
const random = (length) => crypto.getRandomValues(new Uint8Array(length));
const [key, message] = [random(32), random(LENGTH)];

const sides = {
    wasm: {
        write() {
            const sealed = ours.encryptAesGcm(message, key);
            return { sealed, signature: ours.signData(sealed, keys.privateKey) };
        },
        read({ sealed, signature }) {
            if (!ours.verifySignature(sealed, signature, keys.publicKey)) throw new Error('not verified');
            return ours.decryptAesGcm(sealed, key);
        },
    },
    noble: {
        write() {
            const nonce = random(12);
            const sealed = Buffer.concat([nonce, gcm(key, nonce).encrypt(message)]);
            return { sealed, signature: noble.sign(sealed, keys.privateKey) };
        },
        read({ sealed, signature }) {
            if (!noble.verify(signature, sealed, keys.publicKey)) throw new Error('not verified');
            return gcm(key, sealed.subarray(0, 12)).decrypt(sealed.subarray(12));
        },
    },
};

// Each opens what the other sealed, or there is nothing to compare.
for (const [one, other] of [
    ['wasm', 'noble'],
    ['noble', 'wasm'],
]) {
    if (Buffer.compare(sides[one].read(sides[other].write()), message) !== 0) throw new Error('they differ');
}

const times = { wasm: { write: [], read: [] }, noble: { write: [], read: [] } };
for (let turn = -3; turn < turns; turn += 1) {
    for (const [name, side] of Object.entries(sides)) {
        const written = side.write();
        for (const work of ['write', 'read']) {
            const begun = process.hrtime.bigint();
            for (let count = 0; count < EACH; count += 1) side[work](written);
            const micros = Number(process.hrtime.bigint() - begun) / 1000 / EACH;
            // The first turns are for the compilers of the engine.
            if (turn >= 0) times[name][work].push(micros);
        }
    }
}

const median = (values) => values.toSorted((one, other) => one - other)[values.length >> 1];
console.log(`Node ${process.versions.node}, ${LENGTH} bytes, medians of ${turns} turns of ${EACH}`);
for (const [work, name] of [
    ['write', 'seal and sign'],
    ['read', 'verify and open'],
]) {
    const [mine, theirs] = [median(times.wasm[work]), median(times.noble[work])];
    const ratio = (theirs / mine).toFixed(2);
    console.log(`${name.padEnd(15)} wasm ${mine.toFixed(1)} µs, noble ${theirs.toFixed(1)} µs: ${ratio} times as fast`);
}
