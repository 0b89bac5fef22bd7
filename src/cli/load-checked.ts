/** A YAML file of `start` or `validate`, checked as a whole: its complaints as lines, and the file when it can run. */
import { formatLints } from '../runtime/config/format.ts';
import { type LoadedProject, loadFile } from '../runtime/config/load.ts';
import { resolveConnector } from '../runtime/config/resolve.ts';

export interface CheckedFile {
  /** Warnings and errors as the person reads them. */
  readonly lines: readonly string[];
  readonly errors: number;
  /** Present when there is no error. */
  readonly file: LoadedProject | undefined;
}

/** Reads and checks a file. Nothing is thrown for what stands in it. */
export async function loadChecked(path: string, options: { readonly color: boolean }): Promise<CheckedFile> {
  const file = await loadFile(path);
  const errors = file.lints.filter(({ level }) => level === 'error').length;
  const text = formatLints(file.lints, options);
  return { lines: text === '' ? [] : text.split('\n'), errors, file: errors === 0 ? file : undefined };
}

/** The connectors of a file that write to the embedded warehouse. */
export async function embeddedWarehouseUsers(file: LoadedProject): Promise<ReadonlySet<string>> {
  const names = await Promise.all(
    file.connectors.map(async ({ name, config }) => {
      const { connector } = await resolveConnector(name, config, file.registry, file.references);
      const { 'snowflake.account': account, 'snowflake.url': url } = connector.config;
      return account === 'embedded' && url === undefined ? [name] : [];
    }),
  );
  return new Set(names.flat());
}
