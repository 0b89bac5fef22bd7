/**
 * What changes the configs topic: connectors made, changed, deleted, and the states they are meant to be in. Each is
 * decided on the log as it is at its end (DESIGN.md, decision 4), so that of two at once one wins and the other sees it.
 */
import type { Cluster } from '../cluster/cluster.ts';
import { historyRecord } from '../cluster/config-history.ts';
import {
  type Change,
  type ConnectorEntry,
  commitRecord,
  connectorRecord,
  targetStateRecord,
} from '../cluster/config-log.ts';
import type { FlatConfig, ResolvedConnector, TargetState } from '../config/model.ts';
import type { Connect, ConnectorInfo, WriteOptions } from '../connect.ts';
import { ConnectError } from '../errors.ts';
import { sameConfig } from './connector.ts';

type Configure = Pick<Connect, 'create' | 'put' | 'patch' | 'remove' | 'setTargetState' | 'history'>;

/** Attempts to patch a configuration that others keep changing. */
const mostPatches = 5;

export function createConfigure(options: {
  readonly configs: Cluster['configs'];
  /** Throws when the configuration is invalid, or when nothing can be written now. */
  readonly check: (name: string, config: FlatConfig, options?: WriteOptions) => Promise<ResolvedConnector>;
  readonly mustBeReady: () => void;
  /** Asked before a connector is created; what it answers is called when it was. */
  readonly beforeCreation: (connector: ResolvedConnector) => Promise<() => void>;
  readonly info: (name: string) => ConnectorInfo;
  /** What was asked of a connector so far is done. */
  readonly settled: (name: string) => Promise<void>;
}): Configure {
  const { configs, check, mustBeReady, beforeCreation, info, settled } = options;

  const entryOf = (entries: ReadonlyMap<string, ConnectorEntry>, name: string, words: string): ConnectorEntry => {
    const entry = entries.get(name);
    if (entry === undefined) throw new ConnectError('NOT_FOUND', words);
    return entry;
  };

  /** A configuration and its place in the history. */
  const written = (name: string, config: FlatConfig): readonly Change[] => [
    historyRecord(name, configs.history(name), config, Date.now()),
    connectorRecord(name, config),
  ];

  /** The records of a new connector. Of one that is changed the number of tasks stays until those before are fenced. */
  const creation = (name: string, config: FlatConfig, state: TargetState, tasks: number): readonly Change[] => [
    targetStateRecord(name, state),
    commitRecord(name, tasks),
    ...written(name, config),
  ];

  return {
    async create(name, config, initialState = 'STARTED', given) {
      const resolved = await check(name, config, given);
      const created = await beforeCreation(resolved);
      await configs.write((entries) => {
        if (entries.has(name)) throw new ConnectError('ALREADY_EXISTS', `Connector ${name} already exists`);
        return creation(name, { ...config, name }, initialState, resolved.settings.tasksMax);
      });
      created();
      return info(name);
    },

    async put(name, config, given) {
      const resolved = await check(name, config, given);
      const onCreated = configs.entries.has(name) ? undefined : await beforeCreation(resolved);
      let created = false;
      await configs.write((entries) => {
        const before = entries.get(name);
        created = before === undefined;
        const next = { ...config, name };
        if (before === undefined)
          return creation(name, next, given?.initialState ?? 'STARTED', resolved.settings.tasksMax);
        return sameConfig(before.config, next) ? [] : written(name, next);
      });
      if (created) onCreated?.();
      return { created, info: info(name) };
    },

    async patch(name, changes) {
      mustBeReady();
      for (let tries = 1; ; tries++) {
        const before = entryOf(configs.entries, name, `Connector ${name} not found`).config;
        const next = patched(before, changes);
        await check(name, next);
        let overtaken = false;
        await configs.write((entries) => {
          const now = entryOf(entries, name, `Connector ${name} not found`).config;
          // What was checked is the whole: of another one nobody knows whether it is valid.
          overtaken = !sameConfig(now, before);
          return overtaken || sameConfig(now, next) ? [] : written(name, next);
        });
        if (!overtaken) return info(name);
        if (tries === mostPatches)
          throw new ConnectError('CONFLICT', `Others are changing the configuration of ${name}: try again.`);
      }
    },

    async remove(name) {
      mustBeReady();
      await configs.write((entries) => {
        entryOf(entries, name, `Connector ${name} not found`);
        return [
          connectorRecord(name, null),
          targetStateRecord(name, null),
          commitRecord(name, null),
          historyRecord(name, [], null, 0),
        ];
      });
      await settled(name);
    },

    async setTargetState(name, state) {
      mustBeReady();
      await configs.write((entries) => {
        const { targetState } = entryOf(entries, name, `Unknown connector ${name}`);
        return targetState === state ? [] : [targetStateRecord(name, state)];
      });
    },

    history(name) {
      entryOf(configs.entries, name, `Connector ${name} not found`);
      return configs.history(name);
    },
  };
}

/** null removes a key; the name is the connector's for good. */
function patched(config: FlatConfig, changes: Readonly<Record<string, string | null>>): FlatConfig {
  const merged = Object.entries({ ...config, ...changes });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
}
