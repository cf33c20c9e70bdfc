/** Everything about the package as it is published: it is packed and installed once, so all of it is one process. */

import { after } from 'node:test';
import { clean } from './rig/project.mjs';
import './contents.mjs';
import './types.mjs';
import './node.mjs';
import './bundlers.mjs';
import './bundles.mjs';
import './react.mjs';

after(clean);
