/** Locks a folder as soon as a file `go` is in it, says how that went, and holds the lock until its input ends. */

import fs from 'node:fs';
import path from 'node:path';
import { lockFolder } from '../../../../src/embedded/kafka/storage/lock.ts';

const [folder = ''] = process.argv.slice(2);
console.log('ready');
while (!fs.existsSync(path.join(folder, 'go'))) {
  // Wakes as soon as it can: the locks are to be taken at the same time.
}
try {
  lockFolder(folder);
  console.log('locked');
} catch (error) {
  console.log((error as Error).message);
}
process.stdin.resume();
