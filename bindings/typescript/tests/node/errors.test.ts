/** The class of every error, against the table of codes in `spec/errors.md`, which is printed from Rust. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import * as errors from 'reeeductio';
import {
  AuthorizationError,
  BlobError,
  ChainError,
  ConflictError,
  createApiError,
  DecryptionError,
  IntegrityError,
  NetworkError,
  ReeeductioError,
  ServerError,
  StoreError,
  ValidationError,
} from 'reeeductio';
// Makes the errors of the WebAssembly module; the package does not export it.
import { errorOf } from '../../ts/failure.js';

const here = process.cwd();
const page = readFileSync(join(here, '..', '..', 'spec', 'errors.md'), 'utf8');
const server = [...page.matchAll(/^\| `([a-z_.]+)` \| (\d+) \| (\w+) \|/gm)];
const client = [...page.matchAll(/^\| `([a-z_0-9.]+)` \| ([A-Z]\w+) \|/gm)];
const named = (kind: string): Function =>
  ['Interrupted', 'Other'].includes(kind) ? ReeeductioError : (errors as unknown as Record<string, Function>)[`${kind}Error`]!;

test('the table is whole', () => {
  assert.equal(server.length + client.length, page.split('\n').filter((line) => line.startsWith('| `')).length);
  assert.ok(server.length > 60 && client.length > 35);
});

test('a code of the server has the class of the table, whatever the status', () => {
  for (const [, code, status, kind] of server) {
    for (const said of [Number(status), 418]) {
      const error = createApiError(said, 'no', code);
      assert.equal(error.constructor, named(kind!), code);
      assert.ok(error instanceof ReeeductioError);
      assert.deepEqual([error.code, error.statusCode], [code, said]);
    }
  }
});

test('a code of the client has the class of the table', () => {
  for (const [, code, kind] of client) {
    const error = errorOf({ code, message: 'no' }) as ReeeductioError;
    assert.equal(error.constructor.name, named(kind!).name, code);
    assert.equal(error.name, error.constructor.name);
    assert.equal(error.name === 'IntegrityError', kind === 'Integrity', code);
  }
});

test('a server does not choose the class of what is found here', () => {
  const codes = [...client.map(([, code]) => code), 'verify.new', 'new.code', 'constructor', '__proto__', 'toString'];
  for (const code of codes) {
    for (const [status, kind] of [[400, ValidationError], [403, AuthorizationError], [500, ServerError], [503, ServerError]] as const) {
      const error = createApiError(status, 'no', code);
      assert.equal(error.constructor, kind, code);
      for (const accusing of [IntegrityError, ChainError, BlobError, StoreError, DecryptionError, NetworkError]) {
        assert.ok(!(error instanceof accusing), `${code}: ${accusing.name}`);
      }
    }
  }
});

test('a class that the first release had there is caught too', () => {
  const stale = createApiError(400, 'no', 'data.stale');
  assert.ok(stale instanceof ConflictError && (stale as object) instanceof ValidationError);
  const large = createApiError(413, 'no', 'blob.too_large');
  assert.ok(large instanceof ValidationError && (large as object) instanceof BlobError);
  assert.ok(!(large instanceof ChainError) && !(createApiError(400, 'no', 'blob.id_mismatch') instanceof BlobError));
  const full = createApiError(503, 'no', 'storage.full');
  assert.ok(full instanceof ServerError && !((full as object) instanceof ValidationError));
  for (const other of [null, undefined, 1, 'x', {}, new Error('x'), Object.create(null)]) {
    assert.ok(!(other instanceof ReeeductioError) && !(other instanceof ChainError));
  }
});

test('every code in the package is in the table', () => {
  const known = new Set([...server, ...client].map(([, code]) => code));
  const files = readdirSync(join(here, 'ts'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
  const used = files.flatMap((name) =>
    [...readFileSync(join(here, 'ts', name), 'utf8').matchAll(/'((?:client|store|transport|verify)\.[a-z_0-9]+)'/g)].map(([, code]) => code),
  );
  assert.ok(used.length > 10);
  assert.deepEqual(used.filter((code) => !known.has(code)), []);
});
