/** One space, several languages: each reads and checks what the other left. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import {
  bytesToString,
  generateKeyPair,
  keyPairFromPrivateKey,
  loginWithOpaque,
  type Space,
  stringToBytes,
  toUserId,
} from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { repository } from './places.js';
import { type Servers, start } from '../rig/servers.mjs';

/** The content that is left in the space, as `bindings/python/tests/published/member.py` has it. */
interface Left {
  messages: string[];
  blob: [id: string, key: string];
  open_blob: string;
  guest: string;
  guest_id: string;
}

const TOPIC = 'shared';
const PATH = 'profiles/alice';
const USER_KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const python = process.env['REEEDUCTIO_PYTHON'];
const skip = python ? false : 'REEEDUCTIO_PYTHON does not name a Python with our package';

let servers: Servers;
before(async () => void (servers = await start()));
after(() => servers.stop());

async function write(space: Space, name: string): Promise<Left> {
  const sealed = await space.postEncryptedMessage(TOPIC, 'chat.text', `sealed by ${name}`);
  const plain = await space.postMessage(TOPIC, 'chat.text', `plain by ${name}`);
  await space.setPlaintextState(`${PATH}/plain`, `plain state by ${name}`);
  await space.setEncryptedState(`${PATH}/sealed`, `sealed state by ${name}`);
  await space.setPlaintextData(`${name}/plain`, `plain data by ${name}`);
  await space.setEncryptedData(`${name}/sealed`, `sealed data by ${name}`);
  await space.setEncryptedUserData(name, `private data by ${name}`);
  const blob = await space.encryptAndUploadBlob(stringToBytes(`blob by ${name}`.repeat(1000)));
  const open = await space.uploadPlaintextBlob(stringToBytes(`open blob by ${name}`));
  const guest = await generateKeyPair();
  const guestId = toUserId(guest.publicKey);
  await space.addUser(guestId);
  await space.createRole(`role-${name}`);
  await space.grantCapabilityToRole(`role-${name}`, 'read', { op: 'read', path: 'topics/{any}' });
  await space.assignRoleToUser(guestId, `role-${name}`);
  await space.enableOpaque();
  await space.opaqueRegister(`user-${name}`, `password of ${name}`);
  return {
    messages: [sealed.messageHash, plain.messageHash],
    blob: [blob.blobId, Buffer.from(blob.dek).toString('hex')],
    open_blob: open.blobId,
    guest: Buffer.from(guest.privateKey).toString('hex'),
    guest_id: guestId,
  };
}

async function read(test: TestSpace, space: Space, name: string, left: Left): Promise<object> {
  const { messages } = await space.getMessages(TOPIC);
  const [sealed, plain] = messages.filter((each) => left.messages.includes(each.messageHash));
  assert.ok(sealed && plain);
  await using guest = test.user(await keyPairFromPrivateKey(Buffer.from(left.guest, 'hex')));
  const seen = (await guest.getMessages(TOPIC)).messages.slice(0, 1);
  const login = { baseUrl: test.url, spaceId: test.id, username: `user-${name}`, password: `password of ${name}` };
  const found = await loginWithOpaque(login);
  const [blob, key] = left.blob;
  const content = bytesToString(await space.downloadAndDecryptBlob(blob, Buffer.from(key, 'hex')));
  const text = async (bytes: Promise<Uint8Array>) => bytesToString(await bytes);
  return {
    'sealed message': bytesToString(space.decryptMessageData(sealed)),
    'plain message': Buffer.from(plain.data, 'base64').toString() === `plain by ${name}`,
    'single message': (await space.getMessage(TOPIC, sealed.messageHash)).data === sealed.data,
    'plain state': await text(space.getPlaintextState(`${PATH}/plain`)),
    'sealed state': await text(space.getEncryptedState(`${PATH}/sealed`)),
    'plain data': await text(space.getPlaintextData(`${name}/plain`)),
    'sealed data': await text(space.getEncryptedData(`${name}/sealed`)),
    'private data': await text(space.getEncryptedUserData(name)),
    blob: content === `blob by ${name}`.repeat(1000),
    'open blob': await text(space.downloadPlaintextBlob(left.open_blob)),
    guest: seen.map((each) => space.decryptMessageData(each)).length,
    password: Buffer.compare(found.keyPair.privateKey, test.keys.privateKey) === 0,
    'user key': Buffer.compare(found.userSymmetricKey ?? new Uint8Array(0), USER_KEY) === 0,
    history: (await space.getStateHistory()).messages.length > 5,
  };
}

const expected = (name: string) => ({
  'sealed message': `sealed by ${name}`,
  'plain message': true,
  'single message': true,
  'plain state': `plain state by ${name}`,
  'sealed state': `sealed state by ${name}`,
  'plain data': `plain data by ${name}`,
  'sealed data': `sealed data by ${name}`,
  'private data': `private data by ${name}`,
  blob: true,
  'open blob': `open blob by ${name}`,
  guest: 1,
  password: true,
  'user key': true,
  history: true,
});

async function inPython<T>(space: TestSpace, action: 'read' | 'write', name: string, left?: Left): Promise<T> {
  const given = {
    space_id: space.id,
    member_id: toUserId(space.keys.publicKey),
    private_key: Buffer.from(space.keys.privateKey).toString('hex'),
    symmetric_root: Buffer.from(space.root).toString('hex'),
    name,
    left,
  };
  const program = repository('bindings', 'python', 'tests', 'published', 'member.py');
  return await new Promise((resolve, reject) => {
    const child = execFile(python as string, [program, space.url, action], (error, out, err) =>
      error ? reject(new Error(err)) : resolve(JSON.parse(out) as T),
    );
    child.stdin?.end(JSON.stringify(given));
  });
}

test('Python reads what TypeScript left', { skip }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner({ userSymmetricKey: USER_KEY });
  const left = await write(owner, 'typescript');
  assert.deepEqual(await inPython(space, 'read', 'typescript', left), expected('typescript'));
});

test('TypeScript reads what Python left', { skip }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner({ userSymmetricKey: USER_KEY });
  const left = await inPython<Left>(space, 'write', 'python');
  assert.deepEqual(await read(space, owner, 'python', left), expected('python'));
});

test('TypeScript reads what TypeScript left', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner({ userSymmetricKey: USER_KEY });
  const left = await write(owner, 'typescript');
  assert.deepEqual(await read(space, owner, 'typescript', left), expected('typescript'));
});

test('the server finds nothing wrong with what TypeScript left', async () => {
  const own = await start();
  const space = await TestSpace.on(own.baseUrl);
  const owner = space.owner({ userSymmetricKey: USER_KEY });
  await write(owner, 'typescript');
  await owner.close();
  // Stopping checks everything in the data directory.
  await own.stop({ verify: true });
});
