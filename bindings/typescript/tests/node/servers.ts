/** Servers as processes, on free ports, with their data in a temporary folder. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { keyPairFromPrivateKey, toSpaceId } from 'reeeductio';
import type { Context } from '../scenarios/context.js';

const LISTENING = /listening on (http:\/\/127\.0\.0\.1:\d+)/;
const MAX_BLOB = 64 << 20;

/** What is started, and stopped in order. */
export interface Servers extends Context {
  /** With `verify` everything that was stored is checked: hashes, signatures, rights. */
  stop(options?: { verify?: boolean }): Promise<void>;
  /** Stops the first server, does something, and starts it again where it was; its tokens are other ones then. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
}

/** Starts both servers of {@link Context}. */
export async function start(): Promise<Servers> {
  const adminKey = randomBytes(32).toString('hex');
  const { publicKey } = await keyPairFromPrivateKey(Buffer.from(adminKey, 'hex'));
  const space_id = toSpaceId(publicKey);
  const [open, strict] = await Promise.all([
    Server.start({
      server: { max_blob_size: MAX_BLOB },
      admin: { space_id, auto_create_spaces: true },
      limits: { login_attempts_per_minute: 0 },
    }),
    Server.start({
      server: { max_blob_size: 1000 },
      admin: { space_id, auto_create_spaces: false },
      limits: { login_attempts_per_minute: 1 },
    }),
  ]);
  return {
    restart: (meanwhile) => open.restart(meanwhile),
    baseUrl: open.url,
    strictUrl: strict.url,
    adminKey,
    stop: async ({ verify = false } = {}) => void (await Promise.all([open.stop(verify), strict.stop(verify)])),
  };
}

function binary(): string {
  const found = process.env['REEEDUCTIO_BIN'];
  if (!found) throw new Error('REEEDUCTIO_BIN must name the reeeductio binary to test');
  return found;
}

class Server {
  #process: ChildProcess | undefined;
  readonly #log: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'reeeductio-'));
  readonly #configuration: { server: object };
  url = '';

  private constructor(configuration: { server: object }) {
    this.#configuration = configuration;
  }

  static async start(configuration: { server: object; [section: string]: object }): Promise<Server> {
    const server = new Server(configuration);
    await server.#start(0);
    return server;
  }

  async #start(port: number): Promise<void> {
    const file = join(this.#folder, 'config.yaml');
    const server = { ...this.#configuration.server, host: '127.0.0.1', port };
    // Every JSON document is a YAML document.
    writeFileSync(file, JSON.stringify({ ...this.#configuration, server }));
    const child = spawn(binary(), ['serve', '--config', file, '--data', join(this.#folder, 'data')], {
      // Nothing of the developer's environment may configure the server under test.
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    this.url = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', (line) => {
          this.#log.push(line);
          const found = LISTENING.exec(line)?.[1];
          if (found) resolve(found);
        });
      }
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`the server ended with ${code}:\n${this.#log.join('\n')}`)));
    });
  }

  async restart(meanwhile: () => Promise<void>): Promise<void> {
    await this.#end();
    await meanwhile();
    await this.#start(Number(new URL(this.url).port));
  }

  /** Asks the server to stop and checks that it does so in order. */
  async stop(verify: boolean): Promise<void> {
    await this.#end();
    if (verify) execFileSync(binary(), ['verify', join(this.#folder, 'data')], { stdio: 'pipe' });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    const child = this.#process as ChildProcess;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    const panics = this.#log.filter((line) => line.includes('panicked'));
    if (code !== 0 || panics.length > 0) throw new Error(`exit code ${code}:\n${this.#log.slice(-50).join('\n')}`);
  }
}
