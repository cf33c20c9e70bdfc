/** The scenarios of every platform, and those of browsers. */

import { scenarios as browser } from './scenarios.js';

export const scenarios = { ...browser };
