/** Trying again after a failure that may pass. */

/** Milliseconds before the first new attempt; each further pause is twice as long. */
const FIRST = 500;
/** Milliseconds of the longest timer: a longer one ends at once. */
const LONGEST_TIMER = 2 ** 31 - 1;
/** Milliseconds of the longest pause. */
const LONGEST = 30_000;

/** Errors that may pass, by their names: a space need not be one of this package. */
const PASSING = ['NetworkError', 'ServerError', 'RateLimitError'];

/** Properties of an error of this package. */
interface Failure {
  name?: unknown;
  code?: unknown;
  details?: { retryAfter?: number | undefined } | undefined;
}

/** Begins again after failures that may pass, with a growing pause; at once when the browser is online again. */
export class Retry {
  readonly #begin: () => void;
  #failures = 0;
  #cancel: (() => void) | undefined;

  constructor(begin: () => void) {
    this.#begin = begin;
  }

  /** Begins again after a pause, if the failure may pass; not if the signal aborts before. */
  failed(error: unknown, signal: AbortSignal): void {
    if (this.#cancel || signal.aborted || !mayPass(error as Failure | undefined)) return;
    const again = (): void => {
      this.#cancel?.();
      this.#begin();
    };
    const online = (): void => {
      this.#failures = 0;
      again();
    };
    const timer = setTimeout(again, pauseAfter(this.#failures, error as Failure));
    this.#failures += 1;
    // Not there in Node.
    globalThis.addEventListener?.('online', online);
    this.#cancel = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.('online', online);
      signal.removeEventListener('abort', cancel);
      this.#cancel = undefined;
    };
    const cancel = this.#cancel;
    signal.addEventListener('abort', cancel);
  }

  /** Ends the trying: the next pause is a short one. */
  succeeded(): void {
    this.#failures = 0;
    this.#cancel?.();
  }
}

function mayPass(error: Failure | undefined): boolean {
  const { name, code } = error ?? {};
  if (name === 'StreamError') return typeof code === 'string' && code.startsWith('transport.');
  return PASSING.includes(name as string);
}

/** Milliseconds to wait: random, so that not all pages come back at one moment, and never shorter than a server asked for. */
function pauseAfter(failures: number, { details }: Failure): number {
  const longest = Math.min(FIRST * 2 ** failures, LONGEST);
  const pause = longest * (0.5 + Math.random() / 2);
  return Math.min(Math.max(pause, (details?.retryAfter ?? 0) * 1000), LONGEST_TIMER);
}
