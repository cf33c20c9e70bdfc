/** Rights. */

import { refused, whole } from './arguments.js';

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
 * const own: Capability = { op: 'modify', path: 'state/notes/{any}', mustBeOwner: true };
 * ```
 */
export interface Capability {
  /** Permitted operation. */
  readonly op: CapabilityOp;
  /** On what: `{any}` is one part of a path, `{self}` the member's id, `{...}` at the end everything below. */
  readonly path: string;
  /** Whether it holds only for values that the member wrote itself; what a member creates is always its own. */
  readonly mustBeOwner?: boolean | undefined;
  /** When it ends, Unix milliseconds; never by default. */
  readonly expiresAt?: number | undefined;
}

/** The JSON of a right. Other fields are kept, so that a mistyped one is refused: passing over it would widen the right. */
export function rightOf(capability: Capability): string {
  const { mustBeOwner, expiresAt, ...right } = capability ?? {};
  // NaN would become null, which is no limit.
  const end = whole('expiresAt', expiresAt);
  if (mustBeOwner !== undefined && typeof mustBeOwner !== 'boolean') {
    throw refused('mustBeOwner', 'must be true or false');
  }
  return JSON.stringify({
    ...right,
    ...(mustBeOwner === undefined ? {} : { must_be_owner: mustBeOwner }),
    ...(end === undefined ? {} : { expires_at: end }),
  });
}
