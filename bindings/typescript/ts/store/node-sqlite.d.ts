/** The part of SQLite in Node that is used. The declarations of Node 20, the oldest that the package is for, do not have it. */

declare module 'node:sqlite' {
  type Value = Uint8Array | number | string | null;

  interface Statement {
    run(...values: Value[]): { changes: number | bigint };
    get(...values: Value[]): Record<string, unknown> | undefined;
    all(...values: Value[]): Record<string, unknown>[];
    iterate(...values: Value[]): Iterable<Record<string, unknown>>;
  }

  class DatabaseSync {
    constructor(path: string);
    exec(sql: string): void;
    prepare(sql: string): Statement;
    close(): void;
  }
}
