/** The scenarios of every platform, and those of browsers. */

import { scenarios as everywhere } from '../scenarios/index.js';
import { scenarios as browser } from './scenarios.js';

export const scenarios = { ...everywhere, ...browser };
