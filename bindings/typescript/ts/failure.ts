/** Errors by code and status. */

import { ALSO, CLIENT, type Kind, SERVER, STATUS } from './codes.js';
import { also, ApiRequestError, type ErrorDetails, ReeeductioError, ServerError } from './errors.js';

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
    return made(code, 'not signed in: call authenticate() first, or leave autoAuthenticate on', details);
  }
  return made(code, field === undefined ? message : `${camel(field)}: ${message}`, details);
}

/** The error of something that is found out here; `code` is one of the table. */
export function found(code: string, message: string): ReeeductioError {
  return made(code, message, { code });
}

/** Returns the error for an HTTP status, for programs that send requests themselves. */
export function createApiError(statusCode: number, message: string, code?: string): ReeeductioError {
  return made(code ?? '', message, { code: code ?? 'client.refused', statusCode });
}

/** Makes the error of a code. With a status it is a server that says the code, and only a server's codes count. */
function made(code: string, message: string, details: ErrorDetails): ReeeductioError {
  const status = details.statusCode;
  const known = SERVER.get(code) ?? (status === undefined ? CLIENT.get(code) : undefined);
  const error = new (known ?? ofStatus(status))(message, details);
  const kind = known && ALSO.get(code);
  return kind ? also(error, kind) : error;
}

function ofStatus(status: number | undefined): Kind {
  if (status === undefined) return ReeeductioError;
  return STATUS.get(status) ?? (status >= 500 && status < 600 ? ServerError : ApiRequestError);
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
