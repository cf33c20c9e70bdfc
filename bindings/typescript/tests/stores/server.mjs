/** Our server as a process, whose data can be put back to what it was. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const LISTENING = /listening on (http:\/\/127\.0\.0\.1:\d+)/;

/** A server on a free port, with its data in a folder that goes with the test. */
export class Server {
  #folder;
  #child;
  /** Where it listens. */
  url;
  /** What it has printed. */
  log = [];

  /** Starts the binary that REEEDUCTIO_BIN names. Every space exists from its first use. */
  static async start(t) {
    const server = new Server();
    server.#folder = await mkdtemp(join(tmpdir(), 'reeeductio-server-'));
    t.after(async () => {
      await server.#stop();
      await rm(server.#folder, { recursive: true, force: true });
    });
    // Every JSON document is a YAML document.
    const settings = { server: { host: '127.0.0.1', port: 0 }, admin: { auto_create_spaces: true } };
    await writeFile(join(server.#folder, 'config.yaml'), JSON.stringify(settings));
    await server.#start();
    return server;
  }

  async #start() {
    const program = process.env.REEEDUCTIO_BIN;
    assert.ok(program, 'REEEDUCTIO_BIN must name the reeeductio binary to test with');
    const parameters = ['serve', '--config', join(this.#folder, 'config.yaml'), '--data', join(this.#folder, 'data')];
    // Nothing of the developer's environment may configure the server under test.
    const child = spawn(program, parameters, { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.url = await new Promise((resolve, reject) => {
      for (const pipe of [child.stdout, child.stderr]) {
        createInterface(pipe).on('line', (line) => {
          this.log.push(line);
          const found = LISTENING.exec(line);
          if (found) resolve(found[1]);
        });
      }
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`the server ended with ${code}:\n${this.log.join('\n')}`)));
    });
  }

  async #stop() {
    if (!this.#child) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const [code] = await exited;
    this.#child = undefined;
    assert.equal(code, 0, this.log.join('\n'));
  }

  /** Stops it for a while, in which `work` may do something to its data. It listens elsewhere afterwards. */
  async #without(work) {
    await this.#stop();
    await work(join(this.#folder, 'data'), join(this.#folder, 'before'));
    await this.#start();
  }

  /** Remembers all of its data. */
  async remember() {
    await this.#without((data, before) => cp(data, before, { recursive: true }));
  }

  /** Puts its data back to what it was when it was remembered. */
  async goBack() {
    await this.#without(async (data, before) => {
      await rm(data, { recursive: true });
      await cp(before, data, { recursive: true });
    });
  }
}
