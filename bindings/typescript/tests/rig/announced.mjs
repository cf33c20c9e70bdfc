/** Processes that say when they can be used. */

import { createInterface } from 'node:readline';

/**
 * Waits for a line that a process prints.
 *
 * @param {import('node:child_process').ChildProcess} child Its output is piped.
 * @param {RegExp} pattern What the line has in it.
 * @param {string[]} [log] Is given every line, also later.
 * @returns {Promise<string>} What the pattern's first group holds.
 */
export function announced(child, pattern, log = []) {
  return new Promise((resolve, reject) => {
    for (const pipe of [child.stdout, child.stderr]) {
      if (!pipe) continue;
      createInterface(pipe).on('line', (line) => {
        log.push(line);
        const found = pattern.exec(line);
        if (found) resolve(found[1]);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`${child.spawnfile} ended with ${code}:\n${log.join('\n')}`)));
  });
}
