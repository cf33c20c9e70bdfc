import {
  BlobError,
  bytesToString,
  ChainError,
  computeMessageHash,
  decodeUrlSafeBase64,
  encodeBase64,
  generateKeyPair,
  IntegrityError,
  ReeeductioError,
  signData,
  type Space,
  toUserId,
  type WireMessage,
} from 'reeeductio';
import { type Scenario, TestSpace } from './context.js';
import { ok, random, rejects, same } from './expect.js';

type Changed = { -readonly [name in keyof WireMessage]: WireMessage[name] };
type Lie = (path: string, body: Uint8Array) => Uint8Array | string;

/** A network that changes the answers to reading. */
class LyingNetwork {
  lie: Lie = (_, body) => body;

  readonly fetch: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (!answer.ok || (init?.method ?? 'GET') !== 'GET') return answer;
    const body = this.lie(String(input), new Uint8Array(await answer.arrayBuffer()));
    return new Response(body as BodyInit, { status: answer.status });
  };

  /** Changes the messages of a topic. */
  aboutMessages(change: (messages: Changed[]) => Changed[]): void {
    this.lie = (path, body) => {
      if (!path.includes('/topics/general/messages')) return body;
      const page = JSON.parse(bytesToString(body)) as { messages: Changed[] };
      return JSON.stringify({ ...page, messages: change(page.messages) });
    };
  }
}

async function lying(url: string): Promise<{ network: LyingNetwork; owner: Space; space: TestSpace }> {
  const space = await TestSpace.on(url);
  const network = new LyingNetwork();
  const owner = space.owner({ fetch: network.fetch });
  for (const text of ['one', 'two', 'three']) await owner.postEncryptedMessage('general', 'chat.text', text);
  same((await owner.getMessages('general')).messages.length, 3);
  return { network, owner, space };
}

const each = (change: (message: Changed, at: number) => Partial<Changed>) => (messages: Changed[]) =>
  messages.map((message, at) => ({ ...message, ...change(message, at) }));

export const lies: Record<string, Scenario> = {
  async 'lies-messages'({ baseUrl }) {
    const { network, owner } = await lying(baseUrl);
    const stranger = toUserId((await generateKeyPair()).publicKey);
    const changes: Record<string, (messages: Changed[]) => Changed[]> = {
      'another sender': each(() => ({ sender: stranger })),
      'another signature': each(() => ({ signature: encodeBase64(new Uint8Array(64)) })),
      'another text': each(() => ({ data: encodeBase64('something else') })),
      'another type': each(() => ({ type: 'chat.other' })),
      'another topic': each(() => ({ topic_id: 'another' })),
      'another order': (messages) => [...messages].reverse(),
      'one left out': (messages) => messages.filter((_, at) => at !== 1),
      'the first left out': (messages) => messages.slice(1),
      'one twice': (messages) => [...messages.slice(0, 1), ...messages],
      'times that run back': each((_, at) => ({ server_timestamp: 9 - at })),
    };
    for (const [what, change] of Object.entries(changes)) {
      network.aboutMessages(change);
      const error = await rejects(owner.getMessages('general'), ChainError);
      ok(error instanceof IntegrityError);
      ok(error.code.startsWith('verify.'), `${what}: ${error.code}`);
    }
    await owner.close();
  },

  async 'lies-forged-message'({ baseUrl }) {
    const { network, owner, space } = await lying(baseUrl);
    const stranger = await generateKeyPair();
    const sender = toUserId(stranger.publicKey);
    network.aboutMessages((messages) => {
      const last = messages.at(-1);
      ok(last);
      const data = encodeBase64('forged');
      const hash = computeMessageHash(space.id, 'general', 'chat.text', last.message_hash, data, sender);
      const signature = encodeBase64(signData(decodeUrlSafeBase64(hash), stranger.privateKey));
      const server_timestamp = last.server_timestamp + 1;
      const forged = { ...last, data, sender, signature, server_timestamp };
      return [...messages, { ...forged, message_hash: hash, prev_hash: last.message_hash }];
    });
    const strangers = (await owner.getMessages('general')).messages.map((message) => message.sender === sender);
    same(strangers.join(), 'false,false,false');
    await owner.close();
  },

  async 'lies-swapped-values'({ baseUrl }) {
    const { network, owner } = await lying(baseUrl);
    for (const path of ['first', 'second']) {
      await owner.setEncryptedState(`settings/${path}`, path);
      await owner.setEncryptedData(`settings/${path}`, path);
    }
    const answers = new Map<string, Uint8Array>();
    network.lie = (path, body) => {
      if (!path.includes('/settings/')) return body;
      answers.set(path, body);
      return answers.get(path.replace('second', 'first')) ?? body;
    };
    // The newest entry at a path follows from the chain of the state.
    same(bytesToString(await owner.getEncryptedState('settings/first')), 'first');
    same(bytesToString(await owner.getEncryptedState('settings/second')), 'second');
    same(bytesToString(await owner.getEncryptedData('settings/first')), 'first');
    await rejects(owner.getEncryptedData('settings/second'), ChainError, /^verify\./);
    await owner.close();
  },

  async 'lies-old-value'({ baseUrl }) {
    const { network, owner } = await lying(baseUrl);
    await owner.setEncryptedData('counter', '1');
    let old: Uint8Array | undefined;
    network.lie = (path, body) => (path.includes('/data/counter') ? (old ??= body) : body);
    same(bytesToString(await owner.getEncryptedData('counter')), '1');
    await owner.setEncryptedData('counter', '2');
    await rejects(owner.getEncryptedData('counter'), ChainError, /^verify\./);
    await owner.close();
  },

  async 'lies-blobs'({ baseUrl }) {
    const { network, owner } = await lying(baseUrl);
    const { blobId, dek } = await owner.encryptAndUploadBlob(random(99));
    network.lie = (path, body) => (path.includes('/blobs/') ? new Uint8Array(body.length) : body);
    await rejects(owner.downloadAndDecryptBlob(blobId, dek), BlobError, 'verify.blob');
    await rejects(owner.downloadPlaintextBlob(blobId), BlobError, 'verify.blob');
    await rejects(owner.downloadPlaintextBlob(blobId), IntegrityError, 'verify.blob');
    await owner.close();
  },

  async 'lies-garbage'({ baseUrl }) {
    const { network, owner } = await lying(baseUrl);
    const garbage = ['', '{}', '[]', 'null', Uint8Array.of(255, 254), '{"messages": 1}', '{"messages": [{}]}'];
    for (const each of [...garbage, '['.repeat(100_000)]) {
      network.lie = (path, body) => (path.includes('general') ? each : body);
      await rejects(owner.getMessages('general'), ReeeductioError);
    }
    network.lie = (_, body) => body;
    same((await owner.getMessages('general')).messages.length, 3);
    await owner.close();
  },
};
