/** Our server as a process. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announced } from './announced.mjs';

const LISTENING = /listening on (http:\/\/127\.0\.0\.1:\d+)/;

/** A server on a free port, with its data in a folder that is removed when it stops. */
export class Server {
  /**
   * Starts the binary that REEEDUCTIO_BIN names. Every space exists from its first use, unless the sections of its
   * configuration say otherwise.
   *
   * @param {Record<string, object>} [configuration]
   */
  static async start(configuration = {}) {
    const server = new Server({ admin: { auto_create_spaces: true }, ...configuration });
    await server.#start(0);
    return server;
  }

  /** Where it listens. */
  url = '';
  /** Every line it has printed. @type {string[]} */
  log = [];
  #configuration;
  #folder = mkdtempSync(join(tmpdir(), 'reeeductio-server-'));
  #data = join(this.#folder, 'data');
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;

  /** @param {Record<string, object>} configuration */
  constructor(configuration) {
    this.#configuration = configuration;
    process.on('exit', () => this.#child?.kill());
  }

  /** @param {number} port */
  async #start(port) {
    const file = join(this.#folder, 'config.yaml');
    const server = { ...this.#configuration.server, host: '127.0.0.1', port };
    // Every JSON document is a YAML document.
    writeFileSync(file, JSON.stringify({ ...this.#configuration, server }));
    this.#child = spawn(binary(), ['serve', '--config', file, '--data', this.#data], {
      // Nothing of the developer's environment may configure the server under test.
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.url = await announced(this.#child, LISTENING, this.log);
  }

  /** Asks it to end, and checks that it does so in order. */
  async #end() {
    if (!this.#child) return;
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    const [code] = await ended;
    this.#child = undefined;
    const panics = this.log.filter((line) => line.includes('panicked'));
    if (code !== 0 || panics.length > 0) {
      throw new Error(`the server ended with ${code}:\n${[...panics, ...this.log.slice(-50)].join('\n')}`);
    }
  }

  /**
   * Stops it, does something, and starts it again where it was; its tokens are other ones then.
   *
   * @param {(data: string) => Promise<void>} meanwhile Is given the folder of its data.
   */
  async restart(meanwhile) {
    await this.#end();
    await meanwhile(this.#data);
    await this.#start(Number(new URL(this.url).port));
  }

  /** Remembers all of its data. */
  async remember() {
    await this.restart((data) => cp(data, this.#before, { recursive: true }));
  }

  /** Puts its data back to what it was when it was remembered. */
  async goBack() {
    await this.restart(async (data) => {
      await rm(data, { recursive: true });
      await cp(this.#before, data, { recursive: true });
    });
  }

  get #before() {
    return join(this.#folder, 'before');
  }

  /**
   * Whether any file on the server's disk holds the text.
   *
   * @param {string} text
   */
  holds(text) {
    const files = readdirSync(this.#data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.some((file) => readFileSync(join(file.parentPath ?? file.path, file.name)).includes(text));
  }

  /** Ends it. With `verify` everything that was stored is checked: hashes, signatures, rights. */
  async stop({ verify = false } = {}) {
    await this.#end();
    if (verify) execFileSync(binary(), ['verify', this.#data], { stdio: 'pipe' });
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function binary() {
  const found = process.env.REEEDUCTIO_BIN;
  if (!found) throw new Error('REEEDUCTIO_BIN must name the reeeductio binary to test with');
  return found;
}
