/** Errors. The class says what a program may do about it; `code` is stable and the same in every language. */

/** Properties of an error beside its message. */
export interface ErrorDetails {
  /** The stable code, such as `chain.conflict`; see the error list of the documentation. */
  code?: string;
  /** The HTTP status, where a server refused. */
  statusCode?: number;
  /** Which argument. */
  field?: string;
  /** Seconds to wait, where a server says so. */
  retryAfter?: number;
  /** The same under its name of release 0.1.0. */
  retry_after?: number;
  /** With a conflict: the id of the topic's newest message, null while the topic is empty. */
  head?: string | null;
}

/**
 * Any error of this package. The text names what is wrong; no error holds a key, a token or a password.
 *
 * A `code` that begins with `verify.` says that what came is not what its author signed: the server, or somebody
 * between, changed, made up or withheld something.
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

  /** The HTTP status, where a server refused. */
  get statusCode(): number | undefined {
    return this.details.statusCode;
  }
}

/** An argument, or something the server was sent, is not what it must be. `details.field` names the argument. */
export class ValidationError extends ReeeductioError {
  override readonly name: string = 'ValidationError';
}

/** Sealed bytes do not open: the key or the place is another, or the bytes were changed. */
export class DecryptionError extends ValidationError {
  override readonly name = 'DecryptionError';
}

/** Signing in failed: the member is unknown or was removed, or the password is wrong. */
export class AuthenticationError extends ReeeductioError {
  override readonly name = 'AuthenticationError';
}

/** The member may not do this. */
export class AuthorizationError extends ReeeductioError {
  override readonly name = 'AuthorizationError';
}

/** Nothing is there. */
export class NotFoundError extends ReeeductioError {
  override readonly name = 'NotFoundError';
}

/** Messages or entries are not what they claim to be, or a message cannot be appended. */
export class ChainError extends ReeeductioError {
  override readonly name: string = 'ChainError';
}

/** Others posted to the topic at the same time, or `prevHash` is not its newest: `details.head` is. */
export class ConflictError extends ChainError {
  override readonly name = 'ConflictError';
}

/** A blob is too large, or its bytes are not those of its id. */
export class BlobError extends ReeeductioError {
  override readonly name = 'BlobError';
}

/** No answer came. Trying again may help. */
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

/** The server refused with a status that none of the other classes is for. */
export class ApiRequestError extends ReeeductioError {
  override readonly name = 'ApiRequestError';
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
