/** Requests that programs send themselves. */

import { refused, signalOrNone, text } from '../arguments.js';
import type { ReeeductioError } from '../errors.js';
import { createApiError, found } from '../failure.js';
import type { CallOptions } from '../options.js';

/** Like the global `fetch`. */
export type FetchFunction = typeof globalThis.fetch;

/** Where a request goes, and who sends it. */
export type Caller = [fetchFn: FetchFunction, baseUrl: string, token: string, spaceId: string];

/** Sends a request below the space; `path` is made of parts that are not encoded yet. */
export async function request(
  [fetchFn, baseUrl, token, spaceId]: Caller,
  method: string,
  path: readonly string[],
  body?: Uint8Array | object,
  options: CallOptions = {},
): Promise<Response> {
  const signal = signalOrNone(options.signal);
  const hasPath = path[0] === 'state' || path[0] === 'data';
  const url = [baseUrl.replace(/\/+$/, ''), ...['spaces', spaceId, ...path].map((part, at) => encoded(part, at === 3 && hasPath))];
  const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
  if (body) headers['Content-Type'] = body instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
  const content = body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetchFn(url.join('/'), {
    method,
    headers,
    ...(body === undefined ? {} : { body: content as BodyInit }),
    ...(signal ? { signal } : {}),
    redirect: 'error',
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

/** An object of an answer, whose fields are whatever the server says. */
export async function json(response: Response): Promise<Record<string, unknown>> {
  try {
    const value: unknown = await response.json();
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw notUnderstood();
}

/** An answer is not what the protocol says. */
export function notUnderstood(): ReeeductioError {
  return found('client.answer', 'the answer is not what the protocol says');
}

async function refusal(response: Response): Promise<ReeeductioError> {
  const { error, code } = await json(response).catch(() => ({ error: undefined, code: undefined }));
  const text = typeof error === 'string' ? error : `HTTP ${response.status}`;
  return createApiError(response.status, text, typeof code === 'string' ? code : undefined);
}

/** A part of an address, encoded; the slashes of a path stay. A part that would lead elsewhere is refused. */
function encoded(part: string, isPath: boolean): string {
  const steps = isPath ? text('path', part).split('/') : [text('id', part)];
  if (steps.some((step) => ['', '.', '..'].includes(step))) throw refused('path', `${part} is none`);
  return steps.map(encodeURIComponent).join('/');
}
