/** Our server as a process; see `server.mjs`. */
export class Server {
  static start(configuration?: Record<string, object>): Promise<Server>;
  readonly url: string;
  readonly log: string[];
  restart(meanwhile: (data: string) => Promise<void>): Promise<void>;
  /** Remembers all of its data. */
  remember(): Promise<void>;
  /** Puts its data back to what it was when it was remembered. */
  goBack(): Promise<void>;
  stop(options?: { verify?: boolean }): Promise<void>;
}
