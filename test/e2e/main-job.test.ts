/** The main job as a newcomer sees it: the shipped `configs/wine.yaml`, run by the command line in a folder of its own. */
import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { canonical, knownEvents } from '../faults/events.ts';
import { findMisplaced } from '../faults/misplaced.ts';
import { readTopic } from '../faults/observe.ts';
import { adjustmentsByType, salesByChannel, topProducts } from '../helpers/analysis-queries.ts';
import { eventually } from '../helpers/eventually.ts';
import { newProject, type Project, wineFile } from './project.ts';

const timeout = 60_000;

/** The metrics of the system that caves-connect replaces. */
const seedMetrics = [
  'kafka_events_consumed_total',
  'kafka_events_inserted_snowflake_total',
  'kafka_events_dlq_total',
  'kafka_batch_size',
  'kafka_batch_processing_duration_seconds',
  'snowflake_insert_duration_seconds',
  'kafka_current_batch_size',
  'kafka_snowflake_insert_rows',
  'kafka_consumer_lag',
  'kafka_event_size_bytes',
  'snowflake_staging_rows',
];

const topic = 'sales_events';

test('the first command shows where everything is, and wine sales reach the table', { timeout }, async () => {
  const project = await newProject();
  const worker = project.start('start', wineFile);

  await worker.prints(/^caves-connect \S+ {2}ready in \d+ ms$/m);
  await worker.prints(/📊 Events consumed: ([1-9]\d*) \| Inserted: \1 \| DLQ: 0 \| Total: \1\n/u);
  expect(worker.stdout()).toContain('✅ Connected to Snowflake: WINE_SALES_DB.RAW_DATA');
  expect(worker.stdout()).toMatch(/\[(ORDER_CREATED|INVENTORY_ADJUSTED)\] Event 1 sent \| Product: /);
  await eventually(async () => {
    const [row] = await project.sql('SELECT COUNT(*) AS EVENTS FROM RAW_EVENTS_STREAM');
    expect(row?.['EVENTS']).toBeGreaterThan(0);
  });

  const rest = addressOf('REST', worker.stdout());
  const names = (await (await fetch(`${rest}/connectors`)).json()) as readonly string[];
  expect(names.toSorted()).toEqual(['wine-sales-sink', 'wine-sales-source']);
  const status = await (await fetch(`${rest}/connectors/wine-sales-sink/status`)).json();
  expect(status).toMatchObject({ connector: { state: 'RUNNING' }, tasks: [{ id: 0, state: 'RUNNING' }] });

  const metrics = addressOf('Metrics', worker.stdout()).replace(/\/metrics$/, '');
  // The sink looks how far behind it is now and then, not with each batch.
  await eventually(async () => {
    const text = await (await fetch(`${metrics}/metrics`)).text();
    const isThere = (name: string) => new RegExp(`^${name}(_count)?\\{.*connector="`, 'm').test(text);
    expect(seedMetrics.filter((name) => !isThere(name))).toEqual([]);
  });

  worker.child.kill('SIGTERM');
  const { code, stdout, stderr } = await worker.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/stopped\n$/);
});

test('a second start goes on where the first one was stopped in mid-flow', { timeout }, async () => {
  const project = await newProject();
  const events = 6_000;
  project.changePace({ delayMs: 1, events });

  const first = project.start('start', wineFile);
  await first.prints(/Inserted: [1-9]\d\d/);
  first.child.kill('SIGTERM');
  expect((await first.ended).code).toBe(0);
  const [before] = await project.sql('SELECT COUNT(*) AS ROWS_THERE FROM RAW_EVENTS_STREAM');
  expect(before?.['ROWS_THERE'], 'it was stopped before the end').toBeLessThan(events * 0.9);

  await runToTheEnd(project);
  await using services = await project.services.join();
  const known = knownEvents({ seed: 1, events, invalidRatio: 0.02 });
  const { folder } = project;
  const place = { brokers: addressIn(services), topic, file: wineFile, folder, env: project.services.env };
  expect(await findMisplaced(known, place)).toEqual([]);
});

test('a second SIGINT ends it at once, whatever the warehouse does', { timeout }, async () => {
  const project = await newProject();
  project.changePace({ delayMs: 1, events: 0 });
  const worker = project.start('start', wineFile);
  await worker.prints(/Inserted: [1-9]\d\d/);

  // A warehouse that says nothing any more: the open batch cannot be finished.
  const pid = await project.services.pid();
  process.kill(pid, 'SIGSTOP');
  try {
    worker.child.kill('SIGINT');
    await worker.prints('once more ends at once');
    // Two signals at once are one keypress, which npx passes on.
    await delay(600);
    worker.child.kill('SIGINT');
    const { code, stdout } = await worker.ended;
    expect(code).toBe(130);
    expect(stdout).toContain('nothing is lost');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

const kcat = spawnSync('kcat', ['-V']).error === undefined;
test.skipIf(!kcat)(
  'kcat lists the topics and shows why events were rejected (skipped without kcat)',
  { timeout },
  async () => {
    const project = await newProject();
    project.changePace({ delayMs: 0, events: 1_000 });
    await runToTheEnd(project);
    await using services = await project.services.join();
    const ask = (...args: readonly string[]) =>
      spawnSync('kcat', ['-q', '-b', addressIn(services), ...args], { encoding: 'utf8', timeout: 10_000 });

    const topics = ask('-L').stdout;
    expect(topics).toContain(`topic "${topic}" with 1 partitions`);
    expect(topics).toContain(`topic "${topic}.dlq" with 1 partitions`);
    const rejected = ask('-C', '-t', `${topic}.dlq`, '-e', '-f', '%h\n').stdout.trim().split('\n');
    expect(rejected.length).toBeGreaterThan(0);
    for (const headers of rejected) {
      expect(headers).toContain(`__connect.errors.topic=${topic}`);
      expect(headers).toMatch(/__connect\.errors\.offset=\d+/);
      expect(headers).toMatch(/__connect\.errors\.exception\.message=.*(event|must)/);
    }
  },
);

test('the three analysis queries agree with sums over the topic', { timeout }, async () => {
  const project = await newProject();
  project.changePace({ delayMs: 0, events: 2_000 });
  await runToTheEnd(project);
  await using services = await project.services.join();
  const isDead = new Set((await eventsOf(services, `${topic}.dlq`)).map(canonical));
  const events = (await eventsOf(services, topic)).filter((event) => !isDead.has(canonical(event)));
  const orders = contentsOf(events, 'ORDER_CREATED');
  const adjustments = contentsOf(events, 'INVENTORY_ADJUSTED');

  const top = await project.sql(topProducts);
  const byProduct = groups(orders, 'product_name', 'total_price').sort((a, b) => b.sum - a.sum);
  expect(top.map((row) => [row['PRODUCT'], row['ORDERS'], Number(row['REVENUE'])])).toEqual(
    byProduct.slice(0, 10).map(({ group, count, sum }) => [group, count, sum]),
  );

  const channels = await project.sql(salesByChannel);
  const byChannel = new Map(groups(orders, 'sales_channel', 'total_price').map((one) => [one.group, one]));
  expect(channels).toHaveLength(byChannel.size);
  for (const row of channels) {
    const { count, sum } = byChannel.get(row['CHANNEL']) ?? { count: 0, sum: 0 };
    expect(row['ORDERS']).toBe(count);
    expect(Number(row['AVG_ORDER'])).toBeCloseTo(sum / count, 5);
  }

  const types = await project.sql(adjustmentsByType);
  const byType = groups(adjustments, 'adjustment_type', 'quantity_change');
  expect(new Set(types.map((row) => [row['TYPE'], row['ADJUSTMENTS'], row['TOTAL_QUANTITY']].join()))).toEqual(
    new Set(byType.map(({ group, count, sum }) => [group, count, sum].join())),
  );
});

interface WineEvent {
  readonly event_type: string;
  readonly event_metadata: { readonly event_id: string };
  readonly event_content: Readonly<Record<string, unknown>>;
}

type Services = Awaited<ReturnType<Project['services']['join']>>;

async function runToTheEnd(project: Project): Promise<void> {
  const { code, stderr } = await project.run('start', wineFile, '--exit-when-done');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

const addressIn = ({ kafka }: Services) => `${kafka?.host}:${kafka?.port}`;

async function eventsOf(services: Services, from: string): Promise<readonly WineEvent[]> {
  return (await readTopic(addressIn(services), from)).map(({ value }) => JSON.parse(value) as WineEvent);
}

const contentsOf = (events: readonly WineEvent[], type: string) =>
  events.filter(({ event_type }) => event_type === type).map(({ event_content }) => event_content);

/** Counts and sums by group, in whole cents where there are cents. */
function groups(contents: readonly Readonly<Record<string, unknown>>[], by: string, of: string) {
  return [...Map.groupBy(contents, (content) => content[by])].map(([group, members]) => ({
    group,
    count: members.length,
    sum: members.reduce((cents, content) => cents + Math.round(Number(content[of]) * 100), 0) / 100,
  }));
}

/** The address that the summary names. */
function addressOf(title: string, stdout: string): string {
  const [, address] = new RegExp(`^ {2}${title} +(\\S+)`, 'm').exec(stdout) ?? [];
  if (address === undefined) throw new Error(`The summary names no ${title}:\n${stdout}`);
  return address;
}
