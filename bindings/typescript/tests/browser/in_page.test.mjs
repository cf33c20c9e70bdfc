/** Every scenario in a page. */

import { describe } from 'node:test';
import { testEach } from './each_scenario.mjs';

describe('in a page', () => testEach('runHere'));
