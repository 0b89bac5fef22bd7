/** The `worker:` part of a file: flattened and checked; its references are resolved at once, since nothing is stored. */

import { folderFault } from '../plugins/registry.ts';
import { checkValues } from '../schema/config-schema.ts';
import type { MapNode } from './document.ts';
import { flatConfig, flatten, locator } from './flatten.ts';
import type { FlatConfig, Lint, WorkerSettings } from './model.ts';
import type { Project } from './project.ts';
import type { References } from './references.ts';
import { type Finding, readSection, type Section, unknownKeys } from './section.ts';
import { checkWorker, toWorkerSettings, workerSchema } from './worker.ts';

export interface WorkerOptions {
  readonly folder: string;
  readonly project: Project;
  readonly references: References;
  /** Flat keys that replace those of the file; the keys that are the worker's are taken out of `unused`. */
  readonly overrides: FlatConfig;
  readonly unused: Set<string>;
}

const section: Section = { prefix: '', schema: workerSchema };

/** The settings; defaults stand in for values that are refused. */
export function readWorker(
  node: MapNode | undefined,
  { folder, project, references, overrides, unused }: WorkerOptions,
): { readonly settings: WorkerSettings; readonly lints: readonly Lint[] } {
  const properties = new Map(Object.entries(section.schema.properties));
  const own = Object.entries(overrides).filter(([key]) => properties.has(key));
  for (const [key] of own) unused.delete(key);
  const { entries, lints } =
    node === undefined ? { entries: new Map(), lints: [] } : flatten(node, (key) => properties.get(key));
  const flat = { ...flatConfig(entries), ...Object.fromEntries(own) };

  const { values, findings } = readSection(section, flat, references);
  const complete: Record<string, unknown> = { ...values };
  // What was refused has been left out; a second round gives it its default.
  checkValues(section.schema, complete);
  const rules = Object.entries(findings.length === 0 ? checkWorker(complete) : {});
  const all: readonly Finding[] = [
    ...findings,
    ...unknownKeys([section], flat),
    ...rules.map(([key, message]): Finding => ({ level: 'error', code: 'wrong-value', key, message })),
  ];
  const locate = node === undefined ? undefined : locator(entries, node.at);
  const settings = toWorkerSettings(complete, new Set(Object.keys(flat)), { folder, root: project.root });
  const located = [...all, ...checkPluginPath(settings)].map(({ pointer, ...finding }): Lint => {
    const at = locate?.(finding.key ?? '', pointer);
    return at === undefined ? finding : { ...finding, at };
  });
  return { settings, lints: [...lints, ...located] };
}

/** A folder that cannot be listed is no reason not to start: it may come later, and other plugins need it not. */
function checkPluginPath({ pluginPath }: WorkerSettings): readonly Finding[] {
  const faults = pluginPath.map(folderFault).filter((fault) => fault !== undefined);
  const key = 'plugin.path';
  return faults.map((fault) => ({
    level: 'warning',
    code: 'no-effect',
    key,
    message: `${key}: ${fault} REST clients can name no plugin in it.`,
  }));
}
