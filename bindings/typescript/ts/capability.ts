/** Rights. */

/** Operation that a capability permits; `write` is all of the others. */
export type CapabilityOp = 'read' | 'create' | 'modify' | 'delete' | 'write';

/** Operations that a capability can permit, by name; `write` is all of the others. */
export const CapabilityOp = {
  READ: 'read',
  CREATE: 'create',
  MODIFY: 'modify',
  DELETE: 'delete',
  WRITE: 'write',
} as const satisfies Record<string, CapabilityOp>;

/**
 * An operation on the resources of a path pattern.
 *
 * @example
 * ```ts
 * const read: Capability = { op: 'read', path: 'topics/{any}' };
 * const post: Capability = { op: 'create', path: 'topics/{any}/messages' };
 * ```
 */
export interface Capability {
  /** Permitted operation. */
  readonly op: CapabilityOp;
  /** On what: `{any}` is one part of a path, `{self}` the member's id, `{...}` at the end everything below. */
  readonly path: string;
}
