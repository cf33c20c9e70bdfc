/** How a network fails, as the WebAssembly module understands it. */

/** What has failed. */
export type Kind = 'connect' | 'failed' | 'handshake' | 'timeout' | 'url';

/** What the WebAssembly module understands. */
export class NetworkFailure extends Error {
  constructor(
    readonly kind: Kind,
    message: string,
    readonly status?: number,
  ) {
    super(message);
  }
}
