/** Small files that are replaced as a whole and not flushed: who reads one finds the old, the new, or damage. */

import fs from 'node:fs';
import { storageError } from './disk-error.ts';
import type { SideFile } from './storage.ts';

export function sideFile(path: string): SideFile {
  return {
    read: () => {
      try {
        return fs.readFileSync(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw storageError(error, `Cannot read ${path}`);
      }
    },
    write: (bytes) => {
      const aside = `${path}.new`;
      try {
        fs.writeFileSync(aside, bytes);
        fs.renameSync(aside, path);
      } catch (error) {
        fs.rmSync(aside, { force: true });
        throw storageError(error, `Cannot write ${path}`);
      }
    },
    remove: () => fs.rmSync(path, { force: true }),
  };
}
