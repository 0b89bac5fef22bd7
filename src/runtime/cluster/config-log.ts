/**
 * The configs topic: which connectors there are, how they are configured, what state they are meant to be in. The log
 * is the leader (DESIGN.md, decision 4): a write takes the writer's transactional id of the group, which fences every
 * other writer, reads to the end, checks, appends in a transaction, and waits until it has read its own write. Who was
 * fenced meanwhile starts over; so of two simultaneous creates one succeeds and the other sees it.
 *
 * Record formats are Kafka Connect's: `connector-<name>` → `{"properties": {…}}`, `target-state-<name>` →
 * `{"state": …}` (with `state.v2` for STOPPED), `commit-<name>` → `{"tasks": n}`. There are no task records: tasks are
 * made from the connector's configuration. Our own is `config-history-<name>`, which Kafka Connect passes over.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { FlatConfig, TargetState } from '../config/model.ts';
import { ConnectError, timedOut } from '../errors.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { classifyKafkaError, isConnectionFailure, kafkaReason } from '../kafka/errors.ts';
import { openTransactions, type TransactionalProducer } from '../kafka/producer.ts';
import { backoff } from '../retry.ts';
import { isObject } from '../schema/values.ts';
import { type ConfigVersion, createConfigHistories } from './config-history.ts';
import type { Mark, StateLog, StateRecord } from './state-log.ts';

export interface ConnectorEntry {
  readonly config: FlatConfig;
  readonly targetState: TargetState;
  /** How many tasks it was last started with: their transactional ids may still be in use. */
  readonly tasks: number;
}

/** What a write does to the log, decided when the log is known to its end. */
export type Change = { readonly key: string; readonly value: string | null };

export interface ConfigLog {
  readonly entries: ReadonlyMap<string, ConnectorEntry>;
  /** The configurations of a connector, the newest first. */
  history(connector: string): readonly ConfigVersion[];
  /** Feeds a record of the configs topic; answers the connector that it changed. */
  apply(record: StateRecord): string | undefined;
  /** `decide` sees the entries as they are and answers the changes, or throws to refuse. Resolves when they have been read back. */
  write(decide: (entries: ReadonlyMap<string, ConnectorEntry>) => readonly Change[]): Promise<void>;
  close(): Promise<void>;
}

export const connectorRecord = (name: string, config: FlatConfig | null): Change => ({
  key: `connector-${name}`,
  value: config === null ? null : JSON.stringify({ properties: config }),
});

export const targetStateRecord = (name: string, state: TargetState | null): Change => ({
  key: `target-state-${name}`,
  // Workers that know no STOPPED read the first field (KIP-875).
  value:
    state === null
      ? null
      : JSON.stringify(state === 'STOPPED' ? { state: 'PAUSED', 'state.v2': 'STOPPED' } : { state, 'state.v2': state }),
});

export const commitRecord = (name: string, tasks: number | null): Change => ({
  key: `commit-${name}`,
  value: tasks === null ? null : JSON.stringify({ tasks }),
});

/** The level of a logger on every worker (KIP-976): `logger-cluster-<name>` → `{"level": …}`. */
export const loggerRecord = (logger: string, level: string): Change => ({
  key: `${loggerPrefix}${logger}`,
  value: JSON.stringify({ level }),
});

const loggerPrefix = 'logger-cluster-';

/** What such a record says; undefined for other records. */
export function parseLoggerRecord({ key, value }: StateRecord): { logger: string; level: string } | undefined {
  const level = key.startsWith(loggerPrefix) ? parse(value)?.['level'] : undefined;
  return typeof level === 'string' ? { logger: key.slice(loggerPrefix.length), level } : undefined;
}

/** The transactional id of whoever writes to the configs topic of a group. */
export const configsWriterId = (groupId: string): string => `${groupId}-configs-writer`;

/** How often a write is tried; each time it waits longer for others to finish theirs. */
const mostTries = 8;

export function openConfigLog(options: {
  readonly client: KafkaClient;
  readonly topic: string;
  readonly groupId: string;
  readonly stateLog: () => StateLog;
}): ConfigLog {
  const { client, topic, groupId, stateLog } = options;
  const entries = new Map<string, ConnectorEntry>();
  const pending = new Map<string, { config?: FlatConfig; targetState?: TargetState; tasks?: number }>();
  const histories = createConfigHistories();
  let writer: TransactionalProducer | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function apply({ key, value }: StateRecord): string | undefined {
    const match = /^(connector|target-state|commit|config-history)-(.+)$/s.exec(key);
    const [, kind, name] = match ?? [];
    if (kind === undefined || name === undefined) return undefined;
    if (kind === 'config-history') {
      histories.apply(name, parse(value));
      return undefined;
    }
    const part = pending.get(name) ?? {};
    pending.set(name, part);
    const body = parse(value);
    // Kafka Connect keeps a target state that came before its connector; so do we.
    if (kind === 'connector') {
      const config = configOf(body?.['properties']);
      if (config === undefined) delete part.config;
      else part.config = config;
    } else if (kind === 'commit') {
      if (body === undefined) delete part.tasks;
      else part.tasks = Number(body['tasks'] ?? 0);
    } else if (body === undefined) delete part.targetState;
    else part.targetState = asTargetState(body['state.v2'] ?? body['state']);

    if (Object.keys(part).length === 0) pending.delete(name);
    if (part.config === undefined) entries.delete(name);
    else {
      const { config, targetState = 'STARTED', tasks = 0 } = part;
      entries.set(name, { config, targetState, tasks });
    }
    return name;
  }

  async function attempt(decide: Parameters<ConfigLog['write']>[0], marks: Mark[]): Promise<void> {
    writer ??= await openTransactions(client, configsWriterId(groupId));
    // Whoever wrote last may have been overtaken since, and what is refused is refused by the log's end.
    await stateLog().barrier(topic, 0);
    // A commit whose answer was lost: the log says whether it took place.
    if (marks.some(({ seen }) => seen)) return;
    const changes = decide(entries);
    if (changes.length === 0) return;
    const mark = stateLog().mark();
    marks.push(mark);
    const messages = [...changes, mark.message].map((message) => ({ ...message, partition: 0 }));
    await writer.commit([{ topic, messages }]);
    await mark.passed();
  }

  async function write(decide: Parameters<ConfigLog['write']>[0]): Promise<void> {
    const marks: Mark[] = [];
    try {
      await persist(decide, marks);
    } finally {
      for (const mark of marks) mark.forget();
    }
  }

  /** Attempts until the log has taken the write or will not. */
  async function persist(decide: Parameters<ConfigLog['write']>[0], marks: Mark[]): Promise<void> {
    const began = Date.now();
    for (let tries = 1; ; tries++) {
      try {
        await attempt(decide, marks);
        return;
      } catch (error) {
        // What `decide` refused stands; what Kafka did not take is decided again on the log as it is then.
        const failure = classifyKafkaError(error);
        if (failure !== 'fenced' && failure !== 'retriable') throw error;
        await writer?.close();
        writer = undefined;
        // During an outage a try takes seconds, and whoever asked is waiting.
        const outage = isConnectionFailure(error) && Date.now() - began > 2_000;
        if (tries === mostTries || outage) throw notTaken(failure, error, began);
        // Two that fence each other in turn would never end: chance decides who goes first.
        if (failure === 'fenced') await delay(backoff(tries, 500));
      }
    }
  }

  return {
    entries,
    history: histories.of,
    apply,
    write(decide) {
      const next = last.then(() => write(decide));
      last = next.catch(() => undefined);
      return next;
    },
    async close() {
      await last;
      await writer?.close();
    },
  };
}

function notTaken(failure: 'fenced' | 'retriable', error: unknown, began: number): ConnectError {
  return failure === 'fenced'
    ? new ConnectError('CONFLICT', 'Others are changing the configs topic at the same time: try again.', {
        cause: error,
      })
    : timedOut('writing to the configs topic', began, kafkaReason(error), error);
}

function parse(value: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined) return undefined;
  try {
    const body: unknown = JSON.parse(value);
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** The properties of a record that others may have written: what is no text is made one, as Kafka Connect's REST does. */
function configOf(properties: unknown): FlatConfig | undefined {
  if (!isObject(properties)) return undefined;
  const given = Object.entries(properties).filter(([, value]) => value !== null);
  return Object.fromEntries(
    given.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function asTargetState(value: unknown): TargetState {
  return value === 'PAUSED' || value === 'STOPPED' ? value : 'STARTED';
}
