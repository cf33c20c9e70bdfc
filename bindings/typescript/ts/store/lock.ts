/** That one program at a time uses a file. For Node. */

import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname } from 'node:path';
import { unavailable } from './failure.js';

interface Holder {
  pid: number;
  host: string;
  token: string;
  released?: true;
}

const HELD = Symbol.for('reeeductio.locks');
/** The locks of this process, for all copies of this module. */
const held: Set<string> = ((globalThis as { [HELD]?: Set<string> })[HELD] ??= new Set());

/**
 * Says which process uses the file beside it.
 *
 * It is a numbered file: who has the highest number has the lock. It is taken by making the file of the next number,
 * which one can, when the process of the highest has ended or given it back; that file stays, so that numbers only grow.
 */
export class Lock {
  readonly #path: string;
  readonly #number: number;
  readonly #holder: Holder;

  private constructor(path: string, number: number, holder: Holder) {
    this.#path = path;
    this.#number = number;
    this.#holder = holder;
  }

  /** Takes it, unless another holds it. */
  static async take(path: string): Promise<Lock> {
    const holder: Holder = { pid: process.pid, host: hostname(), token: randomUUID() };
    held.add(holder.token);
    const own = await beside(path, holder);
    try {
      for (;;) {
        const number = await takeNext(path, own);
        if (number !== undefined) return new Lock(path, number, holder);
      }
    } catch (error) {
      held.delete(holder.token);
      throw error;
    } finally {
      await rm(own, { force: true });
    }
  }

  /** Whether it still is this process's. */
  async isHeld(): Promise<boolean> {
    return (await read(numbered(this.#path, this.#number)))?.token === this.#holder.token;
  }

  /** Gives it back. */
  async release(): Promise<void> {
    held.delete(this.#holder.token);
    if (!(await this.isHeld())) return;
    const released = await beside(this.#path, { ...this.#holder, released: true });
    await rename(released, numbered(this.#path, this.#number));
  }
}

/** Takes the next number with a file that is there; undefined if another was faster. Throws if another holds it. */
async function takeNext(path: string, own: string): Promise<number | undefined> {
  const newest = Math.max(0, ...(await numbers(path)));
  const holder = await read(numbered(path, newest));
  if (holder) refuseIfHeld(holder, numbered(path, newest));
  const next = newest + 1;
  try {
    // It fails where a file is, and shows others the whole file.
    await link(own, numbered(path, next));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
  const all = await numbers(path);
  // The number may have been free because others had it meanwhile, and a higher one after it.
  const older = all.some((number) => number > next) ? [next] : all.filter((number) => number < next);
  await Promise.all(older.map((number) => rm(numbered(path, number), { force: true })));
  return older.includes(next) ? undefined : next;
}

function numbered(path: string, number: number): string {
  return `${path}-${number}`;
}

/** The numbers of which there are files. */
async function numbers(path: string): Promise<number[]> {
  const begin = `${basename(path)}-`;
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(begin));
  return names.map((name) => name.slice(begin.length)).filter((rest) => /^\d+$/.test(rest)).map(Number);
}

/** A file of its own that says who holds the lock. */
async function beside(path: string, holder: Holder): Promise<string> {
  const own = `${path}.${holder.token}`;
  await writeFile(own, JSON.stringify(holder), { mode: 0o600 });
  return own;
}

function refuseIfHeld(holder: Holder, path: string): void {
  if (holder.released) return;
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
