/** Where a configuration file lives: the project around it, and the environment that the project gives it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { parseEnv } from 'node:util';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Project {
  /** The nearest folder, from the file upwards, that has a package.json or a .git; the file's own folder if none has. */
  readonly root: string;
  /** The `.env` that was read: the nearest one, from the file upwards to the root. */
  readonly envFile: string | undefined;
  /** The real environment, and below it what `.env` says. */
  readonly env: Environment;
}

/** Finds the project of a file. A file inside an installed package belongs to the project of the working directory. */
export function findProject(file: string, env: Environment, cwd: string): Project {
  const own = dirname(file);
  const start = own.split(sep).includes('node_modules') ? resolve(cwd) : own;
  const folders = upwards(start);
  const marked = folders.findIndex(
    (folder) => existsSync(join(folder, 'package.json')) || existsSync(join(folder, '.git')),
  );
  const root = folders[marked] ?? start;
  const within = marked < 0 ? folders : folders.slice(0, marked + 1);
  const envFile = within.map((folder) => join(folder, '.env')).find((path) => existsSync(path));
  return { root, envFile, env: envFile === undefined ? env : { ...readEnvFile(envFile), ...env } };
}

function upwards(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}

/** An unreadable `.env` counts as none: what is missing from it will be complained of by name. */
function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
