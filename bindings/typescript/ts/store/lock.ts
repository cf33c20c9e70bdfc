/** That one program at a time uses a file. For Node. */

import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { unavailable } from './failure.js';

interface Holder {
  pid: number;
  host: string;
  token: string;
}

const HELD = Symbol.for('reeeductio.locks');
/** The locks of this process, for all copies of this module. */
const held: Set<string> = ((globalThis as { [HELD]?: Set<string> })[HELD] ??= new Set());

/** A file that says which process uses the one beside it. What a process left behind that ended is taken over. */
export class Lock {
  readonly #path: string;
  readonly #token: string;

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
  }

  /** Takes it, unless another holds it. */
  static async take(path: string): Promise<Lock> {
    const holder: Holder = { pid: process.pid, host: hostname(), token: randomUUID() };
    const mine = `${path}.${holder.token}`;
    await writeFile(mine, JSON.stringify(holder), { mode: 0o600 });
    held.add(holder.token);
    try {
      // Linking fails where a file is, and shows it to others only as a whole.
      while (!(await link(mine, path).then(() => true, unlessThere))) await makeRoom(path, `${mine}.old`);
    } catch (error) {
      held.delete(holder.token);
      throw error;
    } finally {
      await rm(mine, { force: true });
    }
    return new Lock(path, holder.token);
  }

  /** Whether it still is this process's. */
  async isHeld(): Promise<boolean> {
    return (await read(this.#path))?.token === this.#token;
  }

  /** Gives it back. */
  async release(): Promise<void> {
    held.delete(this.#token);
    if (await this.isHeld()) await rm(this.#path, { force: true });
  }
}

function unlessThere(error: NodeJS.ErrnoException): boolean {
  if (error.code === 'EEXIST') return false;
  throw error;
}

/** Takes a lock away whose holder ended; throws if it did not. */
async function makeRoom(path: string, aside: string): Promise<void> {
  const holder = await read(path);
  if (holder === undefined) return;
  refuseIfAlive(holder, path);
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const taken = await read(aside);
  // Another was faster: then this is no longer the lock that was looked at.
  if (taken && taken.token !== holder.token) await link(aside, path).catch(unlessThere);
  await rm(aside, { force: true });
}

function refuseIfAlive(holder: Holder, path: string): void {
  if (holder.host !== hostname()) {
    throw unavailable(
      `a program on the host ${holder.host} uses it; if that no longer runs, delete ${path}`,
    );
  }
  if (held.has(holder.token)) throw unavailable('this process has it open already');
  // A number of processes is given again: in containers often to the next run of the same program.
  if (holder.pid !== process.pid && isAlive(holder.pid)) {
    throw unavailable(`process ${holder.pid} uses it; if that is no longer its program, delete ${path}`);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function read(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unavailable(`the lock ${path} cannot be read; if no program uses it, delete it`, error);
  }
}
