/** Go programs: a folder with a `go.mod`, built from the modules that Go's proxy, or the cache of modules, has. */
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why the program in a folder cannot be built; undefined when it can. */
export function whyNoGo(folder: string): string | undefined {
  const { error, status, stderr } = spawnSync('go', ['mod', 'download'], { cwd: folder, encoding: 'utf8' });
  if (error !== undefined) return 'there is no Go (go)';
  return status === 0 ? undefined : `Go's modules cannot be had: ${stderr.trim()}`;
}

/** Builds the program into another folder. From an empty cache this takes a minute, else a second. */
export async function buildGo(folder: string, into: string): Promise<string> {
  const program = join(into, 'program');
  // Nothing here is worth optimizing or needs C: that halves the time.
  const flags = ['-gcflags=all=-N -l -dwarf=false', '-ldflags=-s -w'];
  await run('go', ['build', ...flags, '-o', program, '.'], { cwd: folder, env: { ...process.env, CGO_ENABLED: '0' } });
  return program;
}
