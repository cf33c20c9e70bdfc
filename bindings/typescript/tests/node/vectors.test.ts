/** The golden data of the protocol, through the public functions. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import {
  computeBlobId,
  computeDataSignature,
  computeHash,
  computeMessageHash,
  decodeBase64,
  decryptAesGcm,
  deriveKey,
  encodeBase64,
  encryptAesGcm,
  extractPublicKey,
  getIdentifierType,
  keyPairFromPrivateKey,
  OpaqueError,
  ready,
  ReeeductioError,
  signData,
  Space,
  stringToBytes,
  toBlobId,
  toMessageId,
  toSpaceId,
  toToolId,
  toUserId,
  unwrapCredentials,
  validateMessageChain,
  validateMessageChainWithAnchor,
  ValidationError,
  verifyMessageHash,
  verifySignature,
  type WireMessage,
  wrapCredentials,
} from 'reeeductio';
import { random } from '../scenarios/expect.js';
import { repository } from './places.js';

type Texts = Record<string, string>;
interface Parsed {
  id: string;
  client_get_identifier_type: { ok?: string };
}

const vectors = <T>(name: string): T =>
  JSON.parse(readFileSync(repository('spec', 'vectors', `${name}.json`), 'utf8')) as T;
const hex = (text: string | null | undefined): Uint8Array => Uint8Array.from(Buffer.from(text ?? '', 'hex'));

before(() => ready());

test('sealing', () => {
  const { vectors: all } = vectors<{ vectors: Texts[] }>('aes_gcm');
  assert.ok(all.length > 3);
  for (const each of all) {
    const [key, plain, context] = [hex(each['key_hex']), hex(each['plaintext_hex']), hex(each['aad_hex'])];
    const wire = hex(each['wire_hex']);
    assert.deepEqual(decryptAesGcm(wire, key, context), plain, each['name']);
    assert.deepEqual(decryptAesGcm(encryptAesGcm(plain, key, context), key, context), plain);
    assert.equal(encodeBase64(wire), each['wire_base64']);
    for (const changed of [Uint8Array.from(wire, (byte, at) => (at === 12 ? byte ^ 1 : byte)), wire.slice(0, 20)]) {
      assert.throws(() => decryptAesGcm(changed, key, context), ReeeductioError);
    }
  }
  assert.throws(() => encryptAesGcm(new Uint8Array(1), random(31)), ValidationError);
});

test('derived keys', async () => {
  const given = vectors<Texts & { keys: Texts[]; generic: (Texts & { length: string })[] }>('key_derivation');
  const roots: Texts = { symmetric_root: given['symmetric_root_hex'] as string };
  roots['user_symmetric_key'] = given['user_symmetric_key_hex'] as string;
  for (const { ikm, info, hex: expected } of given.keys) {
    if (ikm && ikm in roots) assert.deepEqual(deriveKey(hex(roots[ikm]), info as string), hex(expected), info);
  }
  for (const { ikm_hex, info, length, hex: expected } of given.generic) {
    assert.deepEqual(deriveKey(hex(ikm_hex), info as string, Number(length)), hex(expected));
  }
  assert.throws(() => deriveKey(random(32), 'x', 8161), ValidationError);
  const keyPair = await keyPairFromPrivateKey(random(32));
  const symmetricRoot = hex(given['symmetric_root_hex']);
  await using space = await Space.open({ spaceId: given['space_id'] as string, keyPair, symmetricRoot });
  const named = Object.fromEntries(given.keys.map((each) => [each['name'], hex(each['hex'])]));
  assert.deepEqual(space.messageKey, named['message_key']);
  assert.deepEqual(space.stateKey, named['state_key'] ?? space.deriveTopicKey('state'));
  assert.deepEqual(space.dataKey, named['data_key']);
});

test('ids', async () => {
  const given = vectors<{ from_seed: Texts[]; from_hash: Texts[]; parse: Parsed[] }>('identifiers');
  for (const each of given.from_seed) {
    const { publicKey } = await keyPairFromPrivateKey(hex(each['ed25519_seed_hex']));
    assert.deepEqual(publicKey, hex(each['public_key_hex']));
    assert.deepEqual(
      [toUserId(publicKey), toToolId(publicKey), toSpaceId(publicKey)],
      [each['user_id'], each['tool_id'], each['space_id']],
    );
    assert.deepEqual(extractPublicKey(each['user_id'] as string), publicKey);
  }
  for (const each of given.from_hash) {
    const hash = computeHash(stringToBytes(each['preimage_utf8'] as string));
    assert.deepEqual(hash, hex(each['sha256_hex']));
    assert.deepEqual([toMessageId(hash), toBlobId(hash)], [each['message_id'], each['blob_id']]);
    assert.equal(computeBlobId(stringToBytes(each['preimage_utf8'] as string)), each['blob_id']);
  }
  for (const { id, client_get_identifier_type: type } of given.parse) {
    // The published client also takes letters that no id has.
    if (type.ok && /^[\w-]+$/.test(id)) assert.equal(getIdentifierType(id), type.ok, id);
    else assert.throws(() => getIdentifierType(id), ValidationError, id);
  }
});

test('messages', async () => {
  type Row = WireMessage & { space_id: string; sender_seed_hex: string };
  const { chain, misc } = vectors<{ chain: Row[]; misc: Row[] }>('messages');
  for (const each of [...chain, ...misc]) {
    const { space_id, topic_id, type, prev_hash, data, sender } = each;
    if (prev_hash === '') {
      // The published client hashes what no message can have.
      assert.ok(!verifyMessageHash(space_id, each));
      continue;
    }
    const hash = computeMessageHash(space_id, topic_id, type, prev_hash, data, sender);
    assert.equal(hash, each.message_hash);
    assert.ok(verifyMessageHash(space_id, each));
    assert.ok(!verifyMessageHash(space_id, { ...each, data: `${data}AAAA` }));
    const signed = Uint8Array.from(Buffer.from(hash, 'base64url'));
    const signature = signData(signed, hex(each.sender_seed_hex));
    assert.equal(encodeBase64(signature), each.signature);
    assert.ok(verifySignature(signed, signature, extractPublicKey(sender)));
    assert.ok(!verifySignature(signed, signature, random(32)));
    assert.ok(!verifySignature(signed, random(3), random(3)));
  }
  const [first, second] = chain;
  assert.ok(first && second);
  const timed = chain.map((each, at) => ({ ...each, server_timestamp: at }));
  assert.ok(validateMessageChain(first.space_id, timed));
  assert.ok(!validateMessageChain(first.space_id, timed.slice(1)));
  assert.ok(validateMessageChainWithAnchor(first.space_id, timed.slice(1), first.message_hash));
  assert.ok(!validateMessageChainWithAnchor(first.space_id, timed.slice(1), second.message_hash));
  assert.ok(validateMessageChainWithAnchor(first.space_id, timed.slice(1)));
});

test('data entries', () => {
  type Row = Texts & { signed_at: number; put_body: Texts };
  for (const each of vectors<{ vectors: Row[] }>('data_signatures').vectors) {
    const signature = computeDataSignature(
      each['space_id'] as string,
      each['path'] as string,
      hex(each['data_hex']),
      each.signed_at,
      hex(each['seed_hex']),
    );
    assert.equal(encodeBase64(signature), each.put_body['signature']);
  }
});

test('blobs and challenges', () => {
  const given = vectors<{ blob_ids: Texts[]; challenge: Texts }>('blob_auth_registration');
  for (const { data_hex, blob_id } of given.blob_ids) assert.equal(computeBlobId(hex(data_hex)), blob_id);
  const { challenge, seed_hex, signature } = given.challenge;
  assert.equal(encodeBase64(signData(stringToBytes(challenge as string), hex(seed_hex))), signature);
});

test('what a password wraps', () => {
  type Wrapped = Texts & { python_0_1_1: Texts; typescript_0_1_0: Texts };
  const { opaque_credential_blob: blob } = vectors<{ opaque_credential_blob: Wrapped }>('aes_gcm');
  const exportKey = hex(blob['export_key_hex']);
  for (const [side, user] of [
    [blob.python_0_1_1, hex(blob['user_symmetric_key_hex'])],
    [blob.typescript_0_1_0, undefined],
  ] as const) {
    const found = unwrapCredentials(exportKey, decodeBase64(side['wire_base64'] as string));
    assert.deepEqual(found.privateKey, hex(blob['private_key_hex']));
    assert.deepEqual(found.symmetricRoot, hex(blob['symmetric_root_hex']));
    assert.deepEqual(found.userSymmetricKey, user);
    const again = unwrapCredentials(exportKey, wrapCredentials(exportKey, found.privateKey, found.symmetricRoot, user));
    assert.deepEqual(again.userSymmetricKey, user);
  }
  assert.throws(() => unwrapCredentials(random(64), random(92)), OpaqueError);
  assert.throws(() => unwrapCredentials(exportKey, wrapCredentials(exportKey, random(3), random(3))), OpaqueError);
});

test('base64 is strict', () => {
  for (const wrong of ['A', 'AA', 'A===', 'AA=', 'AA=A', 'A A=', 'AA\n=', 'é===', '-_==']) {
    assert.throws(() => decodeBase64(wrong), ValidationError, wrong);
  }
  const bytes = random(100_001);
  assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
});
