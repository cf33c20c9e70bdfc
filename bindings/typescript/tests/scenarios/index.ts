/** Everything in `testing/scenarios.json`, for whatever runs JavaScript. */

import { blobs } from './blobs.js';
import type { Scenario } from './context.js';
import { data } from './data.js';
import { handles } from './handles.js';
import { lies } from './lies.js';
import { live } from './live.js';
import { members } from './members.js';
import { messages } from './messages.js';
import { passwords } from './passwords.js';
import { servers } from './servers.js';
import { state } from './state.js';

export type { Context, Scenario } from './context.js';

/** The scenarios by their ids. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  ...messages,
  ...state,
  ...data,
  ...blobs,
  ...members,
  ...passwords,
  ...handles,
  ...servers,
  ...live,
  ...lies,
};
