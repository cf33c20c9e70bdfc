/** Our server as a process; see `server.mjs`. */
export class Server {
  static start(configuration?: Record<string, object>): Promise<Server>;
  readonly url: string;
  readonly log: string[];
  restart(meanwhile: (data: string) => Promise<void>): Promise<void>;
  stop(options?: { verify?: boolean }): Promise<void>;
}
