/**
 * The Python that tests run programs with: `CAVES_PYTHON` names the interpreter of a virtual environment with
 * `test/python/requirements.txt` installed. `.ci/run` makes one; by hand it is made with
 *
 *     python3 -m venv ~/.cache/caves-python && ~/.cache/caves-python/bin/pip install -r test/python/requirements.txt
 */
import { spawnSync } from 'node:child_process';

/** The interpreter, or why there is none that can import all of the modules. */
export type Python = { readonly command: string } | { readonly missing: string };

export function pythonWith(...modules: readonly string[]): Python {
  const command = process.env['CAVES_PYTHON'];
  if (!command) return { missing: 'CAVES_PYTHON names no Python with test/python/requirements.txt installed' };
  const { status, stderr, error } = spawnSync(command, ['-c', `import ${modules.join(', ')}`], { encoding: 'utf8' });
  if (status === 0) return { command };
  return { missing: `${command} cannot import ${modules.join(', ')}: ${error?.message ?? stderr.trim()}` };
}
