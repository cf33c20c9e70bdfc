/** Our server as a process. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { keyPairFromPrivateKey, toSpaceId } from 'reeeductio';

const LISTENING = /listening on (http:\/\/127\.0\.0\.1:\d+)/;

/** Starts the servers that scenarios are about, and gives the context to run them in. */
export async function startAll() {
  const adminKey = randomBytes(32).toString('hex');
  const { publicKey } = await keyPairFromPrivateKey(Buffer.from(adminKey, 'hex'));
  const space_id = toSpaceId(publicKey);
  const [open, strict] = await Promise.all([
    Server.start({ admin: { space_id, auto_create_spaces: true }, limits: { login_attempts_per_minute: 0 } }),
    Server.start({
      server: { max_blob_size: 1000 },
      admin: { space_id, auto_create_spaces: false },
      limits: { login_attempts_per_minute: 1 },
    }),
  ]);
  return { servers: [open, strict], context: { baseUrl: open.url, strictUrl: strict.url, adminKey } };
}

/** A server on a free port, with its data in a folder that is removed when it stops. */
export class Server {
  /** Starts the binary that REEEDUCTIO_BIN names. Every space exists from its first use. */
  static async start(configuration = {}) {
    const program = process.env.REEEDUCTIO_BIN;
    if (!program) throw new Error('REEEDUCTIO_BIN must name the reeeductio binary to test with');
    const folder = mkdtempSync(join(tmpdir(), 'reeeductio-server-'));
    // Every JSON document is a YAML document.
    const file = join(folder, 'config.yaml');
    const settings = { admin: { auto_create_spaces: true }, ...configuration };
    settings.server = { ...settings.server, host: '127.0.0.1', port: 0 };
    writeFileSync(file, JSON.stringify(settings));
    const data = join(folder, 'data');
    const child = spawn(program, ['serve', '--config', file, '--data', data], {
      // Nothing of the developer's environment may configure the server under test.
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new Server(folder, data, child);
    await server.#listening();
    return server;
  }

  /** Where it listens. */
  url = '';
  /** Every line it has printed. */
  log = [];
  #child;
  #ended;
  #folder;
  #data;

  constructor(folder, data, child) {
    this.#folder = folder;
    this.#data = data;
    this.#child = child;
    process.on('exit', () => child.kill());
    this.#ended = once(child, 'close');
  }

  async #listening() {
    await new Promise((resolve, reject) => {
      for (const pipe of [this.#child.stdout, this.#child.stderr]) {
        createInterface(pipe).on('line', (line) => {
          this.log.push(line);
          const found = LISTENING.exec(line);
          if (found) {
            this.url = found[1];
            resolve();
          }
        });
      }
      this.#child.on('error', reject);
      this.#child.on('close', (code) => reject(new Error(`the server ended with ${code}:\n${this.log.join('\n')}`)));
    });
  }

  /** Whether any file on the server's disk holds the text. */
  holds(text) {
    const files = readdirSync(this.#data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.some((file) => readFileSync(join(file.parentPath ?? file.path, file.name)).includes(text));
  }

  /** Asks it to stop and checks that it does so in order. */
  async stop() {
    this.#child.kill('SIGTERM');
    const [code] = await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${this.log.slice(-50).join('\n')}`);
    const panics = this.log.filter((line) => line.includes('panicked'));
    if (panics.length > 0) throw new Error(panics.join('\n'));
  }
}
