/**
 * Messages, state and data for programs that send requests themselves, as with release 0.1.0. Hashes and
 * signatures of what comes are checked; the rights of who wrote it, and what the server leaves out, only `Space` checks.
 */

import { verifyMessageHash } from '../chain.js';
import { verifySignature } from '../crypto.js';
import { DataEntry, DataSet } from '../data.js';
import { decodeBase64, decodeUrlSafeBase64 } from '../encoding.js';
import { ReeeductioError } from '../errors.js';
import { found } from '../failure.js';
import { extractPublicKey } from '../ids.js';
import { Message, MessageCreated, MessagesResponse } from '../message.js';
import { call, load } from '../native.js';
import type { CallOptions, MessageQuery } from '../options.js';
import { type FetchFunction, json, notUnderstood, request } from './request.js';

/** A signed message that is to be posted. */
export interface MessageCreate {
  /** Type of the message; with a change of state the path. */
  readonly type: string;
  /** The id of the message before; null for the first. */
  readonly prev_hash: string | null;
  /** Base64. */
  readonly data: string;
  /** Hash from {@link computeMessageHash}. */
  readonly message_hash: string;
  /** Base64 of a signature over the bytes of `message_hash`. */
  readonly signature: string;
}

/** A signed value that is to be set. */
export interface DataSetRequest {
  /** Base64. */
  readonly data: string;
  /** Base64 of what {@link computeDataSignature} gives. */
  readonly signature: string;
  /** The member that signed it. */
  readonly signed_by: string;
  /** Unix milliseconds. */
  readonly signed_at: number;
}

/** Reads messages of a topic in the order of the server: the newest first if `from` is after `to`. */
export async function getMessages(
  fetchFn: FetchFunction,
  baseUrl: string,
  token: string,
  spaceId: string,
  topicId: string,
  query: MessageQuery = {},
): Promise<MessagesResponse> {
  const { from, to, limit, signal } = query;
  const given = Object.entries({ from, to, limit }).filter(([, value]) => value !== undefined);
  const asked = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  // The query is not part of the path: `request` would encode it.
  const asking: FetchFunction = (url, init) => fetchFn(given.length > 0 ? `${String(url)}?${asked}` : url, init);
  const path = ['topics', topicId, 'messages'];
  const page = await json(await request([asking, baseUrl, token, spaceId], 'GET', path, undefined, { signal }));
  await load();
  if (!Array.isArray(page['messages'])) throw notUnderstood();
  return new MessagesResponse(
    page['messages'].map((each) => checked(spaceId, each)),
    page['has_more'] === true,
  );
}

/** Reads one message. Throws a {@link NotFoundError} if there is none. */
export async function getMessage(
  fetchFn: FetchFunction,
  baseUrl: string,
  token: string,
  spaceId: string,
  topicId: string,
  messageHash: string,
  options: CallOptions = {},
): Promise<Message> {
  const path = ['topics', topicId, 'messages', messageHash];
  const body = await json(await request([fetchFn, baseUrl, token, spaceId], 'GET', path, undefined, options));
  await load();
  return checked(spaceId, body);
}

/** Posts a signed message. Throws a {@link ConflictError} if it does not come after the newest. */
export async function postMessage(
  fetchFn: FetchFunction,
  baseUrl: string,
  token: string,
  spaceId: string,
  topicId: string,
  message: MessageCreate,
  options: CallOptions = {},
): Promise<MessageCreated> {
  const path = ['topics', topicId, 'messages'];
  const body = await json(await request([fetchFn, baseUrl, token, spaceId], 'POST', path, message, options));
  return new MessageCreated(String(body['message_hash']), Number(body['server_timestamp']));
}

/** Reads the newest message at a state path. Throws a {@link NotFoundError} if nothing was ever set there. */
export async function getState(
  fetchFn: FetchFunction,
  baseUrl: string,
  token: string,
  spaceId: string,
  path: string,
  options: CallOptions = {},
): Promise<Message> {
  const caller = [fetchFn, baseUrl, token, spaceId] as const;
  const body = await json(await request([...caller], 'GET', ['state', path], undefined, options));
  await load();
  return checked(spaceId, body);
}

/** Reads all changes of state. */
export async function getStateHistory(
  fetchFn: FetchFunction,
  baseUrl: string,
  token: string,
  spaceId: string,
  query: MessageQuery = {},
): Promise<MessagesResponse> {
  return await getMessages(fetchFn, baseUrl, token, spaceId, 'state', query);
}

/** Sets state by a signed message of the topic `state`, whose type is the path. */
export async function setState(
  fetchFn: FetchFunction,
  baseUrl: string,
  token: string,
  spaceId: string,
  path: string,
  message: Omit<MessageCreate, 'type'>,
  options: CallOptions = {},
): Promise<MessageCreated> {
  return await postMessage(fetchFn, baseUrl, token, spaceId, 'state', { ...message, type: path }, options);
}

/** Reads a value, its signature checked. Throws a {@link NotFoundError} if nothing is there. */
export async function getData(
  fetchFn: FetchFunction,
  baseUrl: string,
  token: string,
  spaceId: string,
  path: string,
  options: CallOptions = {},
): Promise<DataEntry> {
  const body = await json(await request([fetchFn, baseUrl, token, spaceId], 'GET', ['data', path], undefined, options));
  await load();
  const { data, signed_by, signature, signed_at } = body as unknown as DataSetRequest;
  if (![data, signed_by, signature].every((each) => typeof each === 'string')) throw notUnderstood();
  if (!Number.isSafeInteger(signed_at)) throw notUnderstood();
  const entry = new DataEntry(path, data, signed_by, signature, signed_at);
  const right = proven(signed_by, signature, () =>
    call((native) => native.signedData(spaceId, path, decodeBase64(data), signed_at)),
  );
  if (!right) throw found('verify.data_signature', `data entry ${path} is not signed by its signer`);
  return entry;
}

/** Sets a signed value. */
export async function setData(
  fetchFn: FetchFunction,
  baseUrl: string,
  token: string,
  spaceId: string,
  path: string,
  entry: DataSetRequest,
  options: CallOptions = {},
): Promise<DataSet> {
  await request([fetchFn, baseUrl, token, spaceId], 'PUT', ['data', path], entry, options);
  return new DataSet(path, entry.signed_at);
}

/** A message of an answer, if it is what it claims to be. */
function checked(spaceId: string, body: unknown): Message {
  const named = (body ?? {}) as Record<string, string>;
  const message = new Message([
    named['message_hash'] as string,
    named['topic_id'] as string,
    named['type'] as string,
    named['sender'] as string,
    named['signature'] as string,
    named['data'] as string,
    named['prev_hash'] ?? null,
    Number(named['server_timestamp']),
  ]);
  const texts = [message.messageHash, message.topicId, message.type, message.sender, message.signature, message.data];
  if (!texts.every((each) => typeof each === 'string')) throw notUnderstood();
  if (message.prevHash !== null && typeof message.prevHash !== 'string') throw notUnderstood();
  if (!verifyMessageHash(spaceId, message)) {
    throw found('verify.message_hash', 'a message does not have the hash it claims to have');
  }
  if (!proven(message.sender, message.signature, () => decodeUrlSafeBase64(message.messageHash))) {
    throw found('verify.message_signature', `message ${message.messageHash} is not signed by its sender`);
  }
  return message;
}

/** Whether a signature in base64 is a member's; what is none never is. */
function proven(member: string, signature: string, signed: () => Uint8Array): boolean {
  try {
    return verifySignature(signed(), decodeBase64(signature), extractPublicKey(member));
  } catch (error) {
    if (error instanceof ReeeductioError || error instanceof TypeError) return false;
    throw error;
  }
}
