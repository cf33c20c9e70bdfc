/** How a network fails, as the WebAssembly module understands it. */

/** The part that failed. */
export type Kind = 'connect' | 'failed' | 'handshake' | 'timeout' | 'url';

/** A failure in the form that the WebAssembly module reads. */
export class NetworkFailure extends Error {
  constructor(
    readonly kind: Kind,
    message: string,
    readonly status?: number,
  ) {
    super(message);
  }
}
