import { type Embedded, sinkRecords, startEmbedded } from 'caves-connect/testing';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { SinkConfig } from '../../../connectors/snowflake-variant/config.ts';
import { openSession, type Result, type Session } from '../../../connectors/snowflake-variant/session.ts';

const { signal } = new AbortController();
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

type Values = Readonly<Record<string, unknown>>;

/** The embedded warehouse for the tests of a file. */
export interface Warehouse {
  readonly url: string;
  readonly hooks: Embedded['snowflake']['hooks'];
  /** A configuration of the sink with the schema of this test. */
  config(changed?: Values): Values;
  /** `WINE_SALES_DB` and the schema of this test. */
  readonly schema: string;
  /** Runs SQL in a session of its own: rows as text. */
  query(sql: string): Promise<Result['rows']>;
  /** A session of its own, as the sink's. */
  openSession(): Promise<Session>;
  /** The rows of the sink's table. */
  countRows(): Promise<number>;
}

/** Starts a warehouse before the tests of a file; each test has a schema of its own. */
export function useWarehouse(): Warehouse {
  let embedded: Embedded;
  let session: Session;
  let tests = 0;
  const config = (changed: Values = {}): Values => ({
    'snowflake.account': 'embedded',
    'snowflake.user': 'caves',
    'snowflake.password': 'caves',
    'snowflake.url': embedded.snowflake.url,
    'snowflake.schema': `RAW_DATA_${tests}`,
    'snowflake.warehouse': 'COMPUTE_WH',
    ...changed,
  });
  const open = () => openSession(config() as unknown as SinkConfig, { queryTag: 'test', log: quiet }, signal);
  const query = async (sql: string) => (await session.execute(sql, [], signal)).rows;

  beforeAll(async () => {
    embedded = await startEmbedded();
    session = await open();
  });
  beforeEach(() => {
    tests++;
    embedded.snowflake.hooks.clear();
  });
  afterAll(async () => {
    await session.close();
    await embedded.close();
  });
  return {
    get url() {
      return embedded.snowflake.url;
    },
    get hooks() {
      return embedded.snowflake.hooks;
    },
    get schema() {
      return `WINE_SALES_DB.RAW_DATA_${tests}`;
    },
    config,
    query,
    openSession: open,
    countRows: async () =>
      Number((await query(`SELECT COUNT(*) FROM WINE_SALES_DB.RAW_DATA_${tests}.RAW_EVENTS_STREAM`))[0]?.[0]),
  };
}

/** An order, `n` of it in its content. */
export const order = (n: number) => ({
  event_type: 'ORDER_CREATED',
  product_id: 1000 + (n % 50),
  customer_id: 7,
  event_metadata: { event_id: `${n}` },
  event_content: { n },
});

export const sales = { topic: 'sales_events', partition: 0 };

/** Orders as records of {@link sales}, from `offset` on. */
export const orders = (count: number, offset = 0n) =>
  sinkRecords(
    Array.from({ length: count }, (_, index) => order(Number(offset) + index)),
    { ...sales, offset, type: 'ORDER_CREATED' },
  );
