/** Operations of somebody who has no handle on a space yet. */

import { run } from './native.js';
import { Network, type NetworkOptions } from './network.js';
import type { Entrance } from './operations.js';

/** Runs one over a network of its own. */
export async function enter<Name extends keyof Entrance>(
  name: Name,
  given: Entrance[Name]['arguments'],
  options: NetworkOptions,
  signal: AbortSignal | undefined,
): Promise<Entrance[Name]['answer']> {
  return await run((native) => native.Space.enter(name, given, new Network(options)), signal);
}
