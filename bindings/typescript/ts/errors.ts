/** What can go wrong. Classes say who must act; `code` is stable and the same in every language. */

/** What an error knows beside its message. */
export interface ErrorDetails {
  /** The stable code, such as `chain.conflict`. */
  code?: string;
  /** The HTTP status, where a server refused. */
  statusCode?: number;
  /** Which argument. */
  field?: string;
  /** Seconds to wait, where a server says so. */
  retryAfter?: number;
  /** With a conflict: the id of the topic's newest message, null while the topic is empty. */
  head?: string | null;
}

/** Any error of this package. */
export class ReeeductioError extends Error {
  override readonly name: string = 'ReeeductioError';
  /** The stable code. */
  readonly code: string;
  /** What else is known. */
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

/** A bug in this package, or a use of it that cannot work. */
export class InternalError extends ReeeductioError {
  override readonly name = 'InternalError';
}

/** The caller's signal ended the operation. */
export class AbortedError extends ReeeductioError {
  override readonly name = 'AbortError';

  constructor(reason: unknown) {
    super(reason instanceof Error ? reason.message : 'aborted', { code: 'client.aborted' });
    this.cause = reason;
  }
}

interface Failure {
  code: string;
  message: string;
  status?: number;
  field?: string;
  retryAfter?: number;
  head?: string | null;
}

/** The error for what the compiled half threw. */
export function errorOf(thrown: unknown): unknown {
  if (!isFailure(thrown)) return thrown;
  const { code, message, status: statusCode, field, ...rest } = thrown;
  const details = {
    ...rest,
    code,
    ...(statusCode === undefined ? {} : { statusCode }),
    ...(field === undefined ? {} : { field: camel(field) }),
  };
  const text = field === undefined ? message : `${camel(field)}: ${message}`;
  return new ReeeductioError(text, details);
}

function isFailure(thrown: unknown): thrown is Failure {
  return typeof thrown === 'object' && thrown !== null && !(thrown instanceof Error) && 'code' in thrown;
}

/** Names of arguments, as they are written here. */
function camel(field: string): string {
  return field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
