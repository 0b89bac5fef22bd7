import { describe, expect, test } from 'vitest';
import type { RunningConnector } from '../../../src/runtime/worker/connector.ts';
import { isSettled } from '../../../src/runtime/worker/settled.ts';
import type { Position } from '../../../src/sdk/index.ts';
import { brokerForTest, clientOf, createTopic, produce } from '../../helpers/runtime/kafka.ts';

interface Given {
  readonly kind: 'source' | 'sink';
  readonly state?: string;
  readonly taskState?: string;
  readonly idle?: boolean;
  readonly topicsRegex?: string;
  /** For each task. */
  readonly settled?: readonly (readonly Position[])[];
}

/** As much of a running connector as the question needs. */
function connector({
  kind,
  state = 'RUNNING',
  taskState = 'RUNNING',
  idle = true,
  topicsRegex,
  settled = [[]],
}: Given) {
  return {
    status: { connector: { state }, tasks: settled.map(() => ({ state: taskState })) },
    tasks: settled.map((positions) => ({ idle, settled: positions })),
    resolved: {
      connector: { plugin: { kind } },
      settings: { topics: topicsRegex === undefined ? ['wines'] : [], topicsRegex },
    },
  } as unknown as RunningConnector;
}

const at = (next: bigint): Position => ({ topic: 'wines', partition: 0, next });

/** A client whose topic `wines` has five records. */
async function fiveWines() {
  const client = clientOf(await brokerForTest());
  await createTopic(client, 'wines');
  await produce(
    client,
    'wines',
    Array.from({ length: 5 }, (_, n) => ({ value: `${n}` })),
  );
  return client;
}

describe('a worker is settled', () => {
  test('when there is nothing that runs', async () => {
    const client = await fiveWines();

    expect(await isSettled(client, [])).toBe(true);
    expect(await isSettled(client, [connector({ kind: 'sink', state: 'PAUSED', idle: false })])).toBe(true);
    expect(await isSettled(client, [connector({ kind: 'sink', taskState: 'FAILED', idle: false })])).toBe(true);
  });

  test('not while a connector is about to start, and not while a source has more', async () => {
    const client = await fiveWines();

    expect(await isSettled(client, [connector({ kind: 'sink', state: 'UNASSIGNED' })])).toBe(false);
    expect(await isSettled(client, [connector({ kind: 'source', idle: false })])).toBe(false);
    expect(await isSettled(client, [connector({ kind: 'source' })])).toBe(true);
  });

  test('when its sinks are as far as their topics', async () => {
    const client = await fiveWines();

    expect(await isSettled(client, [connector({ kind: 'sink' })])).toBe(false);
    expect(await isSettled(client, [connector({ kind: 'sink', settled: [[at(4n)]] })])).toBe(false);
    expect(await isSettled(client, [connector({ kind: 'sink', settled: [[at(5n)]] })])).toBe(true);
    expect(await isSettled(client, [connector({ kind: 'sink', settled: [[at(5n)]], idle: false })])).toBe(false);
  });

  test('by the task that has come furthest, where a partition has moved from task to task', async () => {
    const client = await fiveWines();

    expect(await isSettled(client, [connector({ kind: 'sink', settled: [[at(5n)], [at(2n)]] })])).toBe(true);
    expect(await isSettled(client, [connector({ kind: 'sink', settled: [[at(2n)], [at(5n)]] })])).toBe(true);
  });

  test('also where topics are chosen by a pattern', async () => {
    const client = await fiveWines();
    const sink = (settled: readonly Position[]) =>
      connector({ kind: 'sink', topicsRegex: '\\p{Ll}+', settled: [settled] });

    expect(await isSettled(client, [sink([])])).toBe(false);
    expect(await isSettled(client, [sink([at(5n)])])).toBe(true);
  });
});
