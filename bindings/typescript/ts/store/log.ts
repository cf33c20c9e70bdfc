/**
 * A file that changes are appended to. For Node.
 *
 * Each line is a checksum, a space, and JSON. The checksum covers the one of the line before, so that a line which is
 * changed, left out or moved is noticed. A change is there once its line is on the disk.
 */

import { createHash } from 'node:crypto';
import { constants, type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { damaged, unavailable } from './failure.js';

const NEWLINE = 0x0a;
const SPACE = 0x20;
/** Hexadecimal digits of SHA-256 before each line. */
const DIGITS = 32;
const CHUNK = 1024 * 1024;
/** The first line. Releases that write other lines give it another version. */
const VERSION = 1;
const HEADER = JSON.stringify({ format: 'reeeductio-store', version: VERSION });

/** A line could not be written, and nothing of it is left. */
export class NotWritten extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Where a file ends, and what the next line continues. */
interface End {
  size: number;
  checksum: string;
}

/** An open file. */
export class Log {
  readonly #path: string;
  #file: FileHandle;
  #end: End;

  private constructor(path: string, file: FileHandle, end: End) {
    this.#path = path;
    this.#file = file;
    this.#end = end;
  }

  /** Opens or makes the file, and gives each line to `replay`. What a crash left unfinished at the end is cut off. */
  static async open(path: string, replay: (line: unknown) => void): Promise<Log> {
    // Of an attempt to write it anew that was cut short.
    await rm(besides(path), { force: true });
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      const log = new Log(path, file, { size: 0, checksum: '' });
      await log.#read(replay);
      return log;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Its length in bytes. */
  get size(): number {
    return this.#end.size;
  }

  async #read(replay: (line: unknown) => void): Promise<void> {
    let number = 0;
    for await (const line of lines(this.#file)) {
      const json = contentOf(line, this.#end.checksum);
      if (json === undefined) {
        const { size } = await this.#file.stat();
        const isLast = size === this.#end.size + line.length;
        if (!isLast || !isUnfinished(line)) throw damaged(textOfDamage(this.#path, number + 1));
        // The first line is on the disk before there is anything else to be lost.
        if (number === 0 && !isBegun(line)) throw damaged(textOfDamage(this.#path, 1));
        break;
      }
      number += 1;
      this.#end = { size: this.#end.size + line.length, checksum: line.toString('latin1', 0, DIGITS) };
      if (number === 1) checkVersion(json, this.#path);
      else replay(json);
    }
    await this.#cut();
    if (number === 0) {
      await this.append(undefined);
      await syncFolder(this.#path);
    }
  }

  /**
   * Appends a line; when it resolves, it is on the disk. With {@link NotWritten} the file is as it was; after any other
   * failure nothing is known of its end.
   */
  async append(line: unknown): Promise<void> {
    const { bytes, checksum } = encoded(line, this.#end.checksum);
    try {
      await writeAll(this.#file, bytes, this.#end.size);
    } catch (error) {
      await this.#cut();
      throw new NotWritten(error);
    }
    await this.#file.datasync();
    this.#end = { size: this.#end.size + bytes.length, checksum };
  }

  /** Removes what is behind the last line. */
  async #cut(): Promise<void> {
    if ((await this.#file.stat()).size === this.#end.size) return;
    await this.#file.truncate(this.#end.size);
    await this.#file.datasync();
  }

  /** Whether the file is as it was left. */
  async isUntouched(): Promise<boolean> {
    const [mine, there] = await Promise.all([this.#file.stat(), stat(this.#path).catch(() => undefined)]);
    return mine.size === this.#end.size && there?.ino === mine.ino && there.dev === mine.dev;
  }

  /**
   * Writes the file anew with other lines. A crash leaves the old or the new one. With {@link NotWritten} the old one is
   * still in use.
   */
  async replace(content: Iterable<unknown>): Promise<void> {
    const beside = besides(this.#path);
    const next = await written(beside, content);
    try {
      await rename(beside, this.#path);
    } catch (error) {
      await next.file.close();
      await rm(beside, { force: true });
      throw new NotWritten(error);
    }
    const old = this.#file;
    [this.#file, this.#end] = [next.file, next.end];
    await old.close();
    await syncFolder(this.#path);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function besides(path: string): string {
  return `${path}.new`;
}

/** A new file with these lines, on the disk. */
async function written(path: string, content: Iterable<unknown>): Promise<{ file: FileHandle; end: End }> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'w', 0o600);
    let end: End = { size: 0, checksum: '' };
    for (const line of withHeader(content)) {
      const { bytes, checksum } = encoded(line, end.checksum);
      await writeAll(file, bytes, end.size);
      end = { size: end.size + bytes.length, checksum };
    }
    await file.datasync();
    return { file, end };
  } catch (error) {
    await file?.close();
    await rm(path, { force: true });
    throw new NotWritten(error);
  }
}

function* withHeader(content: Iterable<unknown>): Generator<unknown> {
  yield undefined;
  yield* content;
}

/** The bytes of a line; of the first one if there is none. */
function encoded(line: unknown, before: string): { bytes: Buffer; checksum: string } {
  const json = Buffer.from(line === undefined ? HEADER : JSON.stringify(line));
  const checksum = checksumOf(json, before);
  return { bytes: Buffer.concat([Buffer.from(`${checksum} `), json, Buffer.from('\n')]), checksum };
}

/** What a line says; undefined if it is not what was written. */
function contentOf(line: Buffer, before: string): unknown {
  if (line.length < DIGITS + 2 || line[DIGITS] !== SPACE || line.at(-1) !== NEWLINE) return undefined;
  const json = line.subarray(DIGITS + 1, -1);
  if (line.toString('latin1', 0, DIGITS) !== checksumOf(json, before)) return undefined;
  return JSON.parse(json.toString('utf8'));
}

function checksumOf(json: Buffer, before: string): string {
  return createHash('sha256').update(before).update(json).digest('hex').slice(0, DIGITS);
}

/** Whether a crash can have left the last line so: its end is missing, or parts of it that read as zeros. */
function isUnfinished(line: Buffer): boolean {
  return line.at(-1) !== NEWLINE || line.includes(0);
}

/** Whether it can be what a crash left of the first line. */
function isBegun(line: Buffer): boolean {
  const { bytes } = encoded(undefined, '');
  return line.length <= bytes.length && line.every((byte, place) => byte === 0 || byte === bytes[place]);
}

function checkVersion(header: unknown, path: string): void {
  const { version } = header as { version: unknown };
  if (version === VERSION) return;
  throw unavailable(`the layout of ${path} is ${version}, and this release knows ${VERSION} only; use a newer release`);
}

function textOfDamage(path: string, line: number): string {
  const what = line === 1 ? 'is not a local store, or its beginning is' : `is, in line ${line},`;
  return `${path} ${what} not what was written: keep it as evidence, and begin with another one`;
}

/** The lines of a file with their ends; the last may have none. */
async function* lines(file: FileHandle): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    let begin = 0;
    for (let end; (end = buffer.subarray(0, bytesRead).indexOf(NEWLINE, begin)) >= 0; begin = end + 1) {
      yield Buffer.concat([...parts, buffer.subarray(begin, end + 1)]);
      parts = [];
    }
    parts.push(buffer.subarray(begin, bytesRead));
  }
  const rest = Buffer.concat(parts);
  if (rest.length > 0) yield rest;
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** A new name is on the disk once its folder is. */
async function syncFolder(path: string): Promise<void> {
  // There folders cannot be opened, and names are on the disk with their files.
  if (process.platform === 'win32') return;
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
