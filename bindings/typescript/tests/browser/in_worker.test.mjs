/** Every scenario in a worker. */

import { describe } from 'node:test';
import { testEach } from './each_scenario.mjs';

describe('in a worker', () => testEach('runInWorker'));
