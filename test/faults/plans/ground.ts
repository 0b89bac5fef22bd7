/** What the pipeline of one plan stands on: services of its own in this process, and a way to look at them from beside. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DuckDBConnection } from '@duckdb/node-api';
import type { SinkConfig } from '../../../connectors/snowflake-variant/config.ts';
import { linkOf } from '../../../connectors/snowflake-variant/link.ts';
import { namesOf } from '../../../connectors/snowflake-variant/names.ts';
import { openSession } from '../../../connectors/snowflake-variant/session.ts';
import { type Broker, startBroker } from '../../../src/embedded/kafka/index.ts';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { createKafkaClient, type KafkaClient } from '../../../src/runtime/kafka/client.ts';
import { collectLog } from '../../helpers/log.ts';
import type { FakeClock } from './clock.ts';

export interface Ground extends AsyncDisposable {
  readonly broker: Broker;
  readonly warehouse: Warehouse;
  /** For whoever watches: it is no worker and nothing happens to it. */
  readonly client: KafkaClient;
  /** Rows as text. */
  query(sql: string): Promise<readonly (readonly (string | null)[])[]>;
  /** Holds the positions of a sink connector in a transaction for so long. */
  lockPositions(connector: string, ms: number): Promise<void>;
  /** Lets the broker write nothing for so long, as on a full disk; answers how often it tried. */
  fillDisk(ms: number): Promise<number>;
}

export interface GroundOptions {
  /** For a disk that is to be filled; the broker is in memory else. */
  readonly onDisk: boolean;
  /** Takes why the broker could not keep something. */
  readonly warn: (line: string) => void;
}

export async function openGround(clock: FakeClock, { onDisk, warn }: GroundOptions): Promise<Ground> {
  await using opened = new AsyncDisposableStack();
  const folder = onDisk ? fs.mkdtempSync(join(tmpdir(), 'caves-plan-')) : undefined;
  if (folder !== undefined) opened.defer(() => fs.rmSync(folder, { recursive: true, force: true }));
  const disk = fillableDisk();
  opened.defer(disk.restore);
  opened.use(slowDownForQueries(clock));
  const broker = opened.use(await startBroker({ warn, ...(folder !== undefined && { dataDir: folder }) }));
  const warehouse = opened.use(await startWarehouse({ threads: 1 }));
  await warehouse.ready;

  const { log } = collectLog();
  const client = createKafkaClient(
    { brokers: [`${broker.host}:${broker.port}`], clientId: 'harness', ssl: false },
    log,
  );
  opened.defer(() => client.close());
  const { signal } = new AbortController();
  const user = { 'snowflake.user': 'caves', 'snowflake.password': 'caves' };
  const config = { 'snowflake.account': 'embedded', ...user, 'snowflake.url': warehouse.url } as SinkConfig;
  const link = linkOf(
    () => openSession(config, { queryTag: 'harness', log }, signal),
    () => true,
  );
  opened.defer(() => link.reset());
  const query = (sql: string) => link.run(async (session) => (await session.execute(sql, [], signal)).rows, signal);
  const kept = opened.move();
  return {
    broker,
    warehouse,
    client,
    // A clock that jumped ends sessions, this one as well.
    query: (sql) => query(sql).catch(() => query(sql)),
    async lockPositions(connector, ms) {
      const session = await openSession(config, { queryTag: 'harness', log }, signal);
      const { positions } = namesOf(defaults, connector);
      await session.execute('BEGIN', [], signal);
      await session.execute(`UPDATE ${positions} SET NEXT_OFFSET = NEXT_OFFSET`, [], signal);
      await delay(ms);
      // Ends the transaction.
      await session.close();
    },
    fillDisk: disk.fill,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const defaults = {
  'snowflake.database': 'WINE_SALES_DB',
  'snowflake.schema': 'RAW_DATA',
  'snowflake.table': 'RAW_EVENTS_STREAM',
  'snowflake.staging.table': 'stg_raw_events_stream',
};

/**
 * DuckDB computes in threads of its own, which no socket shows. Only while it does: a request that waits for a lock or
 * is answered late waits for this clock.
 */
function slowDownForQueries(clock: FakeClock): Disposable {
  const { prototype } = DuckDBConnection;
  const original = prototype.run;
  prototype.run = async function (this: DuckDBConnection, ...query) {
    using _computing = clock.busy();
    return await original.apply(this, query);
  };
  return {
    [Symbol.dispose]() {
      prototype.run = original;
    },
  };
}

/** Only the broker writes at a place of its choice in a file; what a terminal or a pipe gets has none. */
function fillableDisk() {
  const original = fs.writeSync;
  let full = false;
  let refused = 0;
  fs.writeSync = ((fd: number, bytes: NodeJS.ArrayBufferView, from: number, length: number, at: number | null) => {
    if (!full || typeof at !== 'number') return original(fd, bytes, from, length, at);
    // The last free bytes are still taken.
    if (length > 1) return original(fd, bytes, from, Math.floor(length / 2), at);
    refused++;
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
  }) as typeof original;
  return {
    async fill(ms: number) {
      const before = refused;
      full = true;
      await delay(ms);
      full = false;
      return refused - before;
    },
    restore() {
      fs.writeSync = original;
    },
  };
}
