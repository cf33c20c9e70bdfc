/** Where things are. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package: the bundled tests are in its `build/tests`. */
export const packageFolder = (...parts: string[]): string =>
  join(dirname(fileURLToPath(import.meta.url)), '..', '..', ...parts);

/** The repository. */
export const repository = (...parts: string[]): string => packageFolder('..', '..', ...parts);

/** The documents that the project was made from, beside the repository or where REEEDUCTIO_SHARED says. */
export function shared(...parts: string[]): string | undefined {
  const found = [process.env['REEEDUCTIO_SHARED'], repository('..', 'shared'), repository('..', '..', 'shared')];
  const folder = found.find((each) => each !== undefined && existsSync(each));
  return folder === undefined ? undefined : join(folder, ...parts);
}
