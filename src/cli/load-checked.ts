/** A YAML file of `start` or `validate`, checked as a whole: its complaints as lines, and the file when it can run. */
import { formatLints } from '../runtime/config/format.ts';
import { type LoadedProject, type LoadOptions, loadFile } from '../runtime/config/load.ts';
import type { ResolvedConnector } from '../runtime/config/model.ts';
import { resolveConnector } from '../runtime/config/resolve.ts';

export interface CheckedFile {
  /** Warnings and errors as the person reads them. */
  readonly lines: readonly string[];
  readonly errors: number;
  /** Present when there is no error. */
  readonly file: LoadedProject | undefined;
}

/** Reads and checks a file. Nothing is thrown for what stands in it. */
export async function loadChecked(
  path: string,
  options: Pick<LoadOptions, 'onWorker'> & { readonly color: boolean },
): Promise<CheckedFile> {
  const file = await loadFile(path, options);
  const errors = file.lints.filter(({ level }) => level === 'error').length;
  const text = formatLints(file.lints, options);
  return { lines: text === '' ? [] : text.split('\n'), errors, file: errors === 0 ? file : undefined };
}

/** The connectors of a file without errors, ready to be started. */
export function resolveConnectors(file: LoadedProject): Promise<readonly ResolvedConnector[]> {
  return Promise.all(
    file.connectors.map(({ name, config }) => resolveConnector(name, config, file.registry, file.references)),
  );
}

/** The names of those that write to the embedded warehouse. */
export function embeddedWarehouseUsers(connectors: readonly ResolvedConnector[]): ReadonlySet<string> {
  const users = connectors.filter(({ connector }) => {
    const { 'snowflake.account': account, 'snowflake.url': url } = connector.config;
    return account === 'embedded' && url === undefined;
  });
  return new Set(users.map(({ name }) => name));
}
