/** Errors. The class says what a program may do about it; `code` is stable and the same in every language. */

/** Properties of an error beside its message. */
export interface ErrorDetails {
  /** The stable code, such as `chain.conflict`; see the error list of the documentation. */
  code?: string;
  /** The HTTP status, where a server refused. */
  statusCode?: number;
  /** The name of the argument. */
  field?: string;
  /** Seconds to wait, where a server says so. */
  retryAfter?: number;
  /** The same under its name of release 0.1.0. */
  retry_after?: number;
  /** With a conflict: the id of the topic's newest message, null while the topic is empty. */
  head?: string | null;
  /** With `quota.exceeded`: the key of the quota in the server's configuration, its limit and what is stored. */
  quota?: { name: string; limit: number; stored: number };
  /** Of a message of the outbox that the server refuses: its number, for `discard`. */
  number?: number;
  /** Of a message of the outbox that the server refuses: its topic. */
  topic?: string;
}

/** Classes of errors that were made of one class and can be caught as another too. */
const ALSO = new WeakMap<object, Function>();

/** The same error, which `instanceof` takes for one of `kind` too: the class that the first release raised there. */
export function also<T extends ReeeductioError>(error: T, kind: Function): T {
  ALSO.set(error, kind);
  return error;
}

/**
 * Any error of this package. The text names what is wrong; no error holds a key, a token or a password.
 *
 * @example
 * ```ts
 * try {
 *   await space.getPlaintextState('profiles/alice');
 * } catch (error) {
 *   if (!(error instanceof NotFoundError)) throw error;
 *   console.log(error.code); // state.not_found
 * }
 * ```
 */
export class ReeeductioError extends Error {
  override readonly name: string = 'ReeeductioError';
  /** The stable code. */
  readonly code: string;
  /** Further details. */
  readonly details: ErrorDetails;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = details.code ?? 'client.unknown';
    this.details = details;
  }

  /** Whether it is an error of this class, or can be caught as one: an `IntegrityError` of messages is a `ChainError`. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false;
    const isOf = (object: object) => Object.prototype.isPrototypeOf.call(this.prototype, object);
    const kind = ALSO.get(value);
    return isOf(value) || (kind !== undefined && (kind === this || isOf(kind.prototype as object)));
  }

  /** The HTTP status, where a server refused. */
  get statusCode(): number | undefined {
    return this.details.statusCode;
  }
}

/** An argument, or something that was sent to the server, is not valid. `details.field` names the argument. */
export class ValidationError extends ReeeductioError {
  override readonly name: string = 'ValidationError';
}

/** Sealed bytes do not open: they were sealed with another key or for another place, or were changed. */
export class DecryptionError extends ValidationError {
  override readonly name = 'DecryptionError';
}

/** Signing in failed: the member is unknown or was removed, or the password is wrong. */
export class AuthenticationError extends ReeeductioError {
  override readonly name = 'AuthenticationError';
}

/** The member does not have the right to do this. */
export class AuthorizationError extends ReeeductioError {
  override readonly name = 'AuthorizationError';
}

/** The item does not exist. */
export class NotFoundError extends ReeeductioError {
  override readonly name = 'NotFoundError';
}

/**
 * The server's answer fails verification: something was changed, made up or withheld. Do not trust the server until you know
 * why. The code begins with `verify.`.
 *
 * It is a {@link ChainError} too, or a {@link BlobError} if a blob has other bytes: the classes that the first release raised.
 */
export class IntegrityError extends ReeeductioError {
  override readonly name = 'IntegrityError';
}

/** A message cannot be appended, or messages or entries fail verification ({@link IntegrityError}). */
export class ChainError extends ReeeductioError {
  override readonly name: string = 'ChainError';
}

/** Somebody else was faster: `prevHash` is not the topic's newest message (`details.head` is), or an entry is newer. */
export class ConflictError extends ChainError {
  override readonly name = 'ConflictError';
}

/** A blob is too large, or its bytes are not those of its id ({@link IntegrityError}). */
export class BlobError extends ReeeductioError {
  override readonly name = 'BlobError';
}

/** The server was not reached, or did not answer. Trying again may help. */
export class NetworkError extends ReeeductioError {
  override readonly name: string = 'NetworkError';
}

/** The live stream could not be opened, or failed. */
export class StreamError extends NetworkError {
  override readonly name = 'StreamError';
}

/** The local store is damaged or cannot be used. */
export class StoreError extends ReeeductioError {
  override readonly name = 'StoreError';
}

/** Registering or logging in with a password failed. */
export class OpaqueError extends ReeeductioError {
  override readonly name: string = 'OpaqueError';
}

/** The space does not have passwords enabled: its owner calls `enableOpaque` first. */
export class OpaqueNotEnabledError extends OpaqueError {
  override readonly name = 'OpaqueNotEnabledError';
}

/** Too many requests: `details.retryAfter` says how many seconds to wait. */
export class RateLimitError extends ReeeductioError {
  override readonly name = 'RateLimitError';
}

/** {@link RateLimitError} under its name of release 0.1.0. */
export const OpaqueRateLimitError = RateLimitError;
/** {@link RateLimitError} under its name of release 0.1.0. */
export type OpaqueRateLimitError = RateLimitError;

/** The server refused with a status that has no class of its own. */
export class ApiRequestError extends ReeeductioError {
  override readonly name: string = 'ApiRequestError';
}

/** The server failed or is busy; the request was valid. Try again later, or ask the server's operator. */
export class ServerError extends ApiRequestError {
  override readonly name = 'ServerError';
}

/** The handle or stream was closed. */
export class ClosedError extends ReeeductioError {
  override readonly name = 'ClosedError';

  constructor(what: string) {
    super(`the ${what} was closed`, { code: 'client.closed' });
  }
}

/** A bug in this package, or a use of it that cannot work. */
export class InternalError extends ReeeductioError {
  override readonly name = 'InternalError';
}

/** The caller's signal ended the operation; `cause` is the signal's reason. */
export class AbortedError extends ReeeductioError {
  override readonly name = 'AbortError';

  constructor(reason: unknown) {
    super(reason instanceof Error ? reason.message : 'aborted', { code: 'client.aborted' });
    this.cause = reason;
  }
}
