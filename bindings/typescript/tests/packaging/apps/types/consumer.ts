import { ReeeductioError, type KeyPair, Space, generateKeyPair, ready, toSpaceId, type TopicMessage } from 'reeeductio';

/** Every kind of export is used: a class, a type, a function, an error. */
export async function use(bytes: Uint8Array): Promise<string> {
  await ready({ wasm: new Uint8Array(8) });
  const keyPair: KeyPair = await generateKeyPair();
  const space = new Space({ spaceId: toSpaceId(keyPair.publicKey), keyPair, symmetricRoot: bytes });
  try {
    return (await space.postEncryptedMessage('general', 'chat.text', bytes)).messageHash;
  } catch (error) {
    if (error instanceof ReeeductioError) return error.code;
    throw error;
  }
}

// @ts-expect-error an option that does not exist
export const wrong = (keyPair: KeyPair) => new Space({ spaceId: '', keyPair, symmetricRoot: new Uint8Array(), key: 1 });

/** An interface of the program's own has no index signature. */
interface Task {
  title: string;
  done?: boolean;
}

/** A content is bytes, text, or a value of JSON of any type. */
export async function contents(space: Space, task: Task): Promise<Task | undefined> {
  await space.topic('tasks').post('task.new', task);
  await space.outbox.add('tasks', 'task.new', [task]);
  await space.data.set('tasks/1', { task, at: 1 });
  await space.state.set('tasks/1', null);
  await space.data.update('tasks/1', (old) => ({ ...old?.json<Task>(), done: true }));
  await space.data.update('tasks/1', () => undefined);
  return (await space.data.get('tasks/1'))?.json<Task>();
}

// @ts-expect-error a promise is no content
export const wrongContent = (space: Space, task: Promise<Task>) => space.data.set('tasks/1', task);
// @ts-expect-error the function of an update is synchronous
export const wrongUpdate = (space: Space, task: Task) => space.data.update('tasks/1', async () => task);

/** Parts of a `Blob`, as compilers from TypeScript 5.7 on are strict about them. */
export const parts = (message: TopicMessage): Uint8Array<ArrayBuffer> => message.bytes;
