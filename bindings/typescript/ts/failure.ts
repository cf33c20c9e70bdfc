/** Which error it is that the WebAssembly module reports. */

import {
  ApiRequestError,
  AuthenticationError,
  AuthorizationError,
  BlobError,
  ChainError,
  ConflictError,
  DecryptionError,
  type ErrorDetails,
  NetworkError,
  NotFoundError,
  OpaqueError,
  OpaqueNotEnabledError,
  RateLimitError,
  ReeeductioError,
  StoreError,
  ValidationError,
} from './errors.js';

type Kind = new (message: string, details: ErrorDetails) => ReeeductioError;

/** The first that a code begins with. */
const BY_CODE: readonly (readonly [string, Kind])[] = [
  ['blob.too_large', BlobError],
  ['chain.conflict', ConflictError],
  ['client.argument', ValidationError],
  ['client.credentials', OpaqueError],
  ['client.not_signed_in', AuthenticationError],
  ['client.open', DecryptionError],
  ['client.seal', ValidationError],
  ['client.stretching', OpaqueError],
  ['member.unknown', AuthenticationError],
  ['opaque.not_enabled', OpaqueNotEnabledError],
  ['opaque.username_taken', ValidationError],
  ['opaque.wrong_password', AuthenticationError],
  ['store.', StoreError],
  ['transport.', NetworkError],
  ['verify.blob', BlobError],
  ['verify.', ChainError],
];

const BY_STATUS: Readonly<Record<number, Kind>> = {
  400: ValidationError,
  401: AuthenticationError,
  403: AuthorizationError,
  404: NotFoundError,
  409: ConflictError,
  413: ValidationError,
  422: ValidationError,
  429: RateLimitError,
  501: OpaqueNotEnabledError,
};

/** Codes of what is found out here. */
const OWN = /^(client|verify|store|transport)\./;

interface Failure {
  code: string;
  message: string;
  status?: number;
  field?: string;
  retryAfter?: number;
  head?: string | null;
}

/** The error for what the WebAssembly module threw. */
export function errorOf(thrown: unknown): unknown {
  if (!isFailure(thrown)) return thrown;
  const { code, message, status: statusCode, field, retryAfter, ...rest } = thrown;
  const details: ErrorDetails = {
    ...rest,
    code,
    ...(statusCode === undefined ? {} : { statusCode }),
    ...(field === undefined ? {} : { field: camel(field) }),
    ...(retryAfter === undefined ? {} : { retryAfter, retry_after: retryAfter }),
  };
  if (code === 'client.not_signed_in' && statusCode === undefined) {
    return new AuthenticationError('not signed in: call authenticate() first, or leave autoAuthenticate on', details);
  }
  const text = field === undefined ? message : `${camel(field)}: ${message}`;
  return new (kindOf(code, statusCode))(text, details);
}

/** The error of an HTTP status, for programs that speak to a server by themselves. */
export function createApiError(statusCode: number, message: string, code?: string): ReeeductioError {
  const details = { code: code ?? 'client.refused', statusCode };
  return new (kindOf(details.code, statusCode))(message, details);
}

function kindOf(code: string, status: number | undefined): Kind {
  // With a status it is the server's code, and these are not the server's to give.
  if (status !== undefined && OWN.test(code)) return BY_STATUS[status] ?? ApiRequestError;
  const known = BY_CODE.find(([beginning]) => code.startsWith(beginning))?.[1];
  if (known) return known;
  if (status !== undefined) return BY_STATUS[status] ?? ApiRequestError;
  // An argument that was refused before the server was asked has the class that the server's answer would have.
  if (code.endsWith('.not_found')) return NotFoundError;
  return code.includes('.invalid_') || code.endsWith('.too_large') ? ValidationError : ReeeductioError;
}

function isFailure(thrown: unknown): thrown is Failure {
  if (typeof thrown !== 'object' || thrown === null || thrown instanceof Error) return false;
  // A program may throw anything.
  const { code, message } = thrown as Partial<Failure>;
  return typeof code === 'string' && typeof message === 'string';
}

/** Names of arguments, as they are written here. */
function camel(field: string): string {
  return field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
