/** The harness itself: sinks that break their promises are found out, each by what it does wrong. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import snowflakeVariant from '../../../connectors/snowflake-variant/index.ts';
import type { SinkTask } from '../../../src/sdk/index.ts';
import { type FakeClock, startFakeClock } from './clock.ts';
import type { Plan } from './plan.ts';
import { runPlan } from './run.ts';

/** The worker dies between the rows and the group offset, so that its successor reads them again. */
const plan: Plan = {
  seed: 7,
  events: 90,
  partitions: 2,
  transactionMode: 'one.request',
  batchSize: 20,
  transactionRecords: 30,
  topicRecreated: 'fail',
  faults: [{ kind: { does: 'kill', step: 'commit', moment: 'after' }, nth: 2, lastsMs: 500, draw: 0.5 }],
};

/** The sink with something changed in its task. */
const sinkWith = (change: (task: SinkTask) => Partial<SinkTask>) => [
  {
    ...snowflakeVariant,
    async open(ctx: Parameters<typeof snowflakeVariant.open>[0]) {
      const task = await snowflakeVariant.open(ctx);
      return { ...task, ...change(task) };
    },
  },
];

describe('the harness', () => {
  let clock: FakeClock;
  beforeAll(() => {
    clock = startFakeClock();
  });
  afterAll(() => clock.stop());

  test('finds nothing wrong with the sink as it is', async () => {
    const { findings, fired } = await runPlan(plan, clock);
    expect(findings).toEqual([]);
    expect(fired).toEqual(['kill after commit']);
  });

  test('finds the doubled events of a sink that ignores its positions', async () => {
    const forgetful = sinkWith((task) => ({
      async positions(partitions, signal) {
        await task.positions?.(partitions, signal);
        return partitions.map(() => undefined);
      },
      async write(batch, signal) {
        await task.alterPositions?.(
          batch.positions.map((position) => ({ ...position, next: undefined })),
          signal,
        );
        await task.write(batch, signal);
      },
    }));
    const { findings } = await runPlan(plan, clock, forgetful);
    expect(findings).toContainEqual(expect.stringMatching(/^the table: event \d+ is doubled/));
  });

  test('finds the lost events of a sink that drops a batch', async () => {
    let writes = 0;
    const lossy = sinkWith((task) => ({
      write: (batch, signal) => task.write(++writes === 2 ? { ...batch, records: [] } : batch, signal),
    }));
    const { findings } = await runPlan(plan, clock, lossy);
    expect(findings).toContainEqual(expect.stringMatching(/^the table: event \d+ is lost/));
    expect(findings).toContainEqual(expect.stringMatching(/^the group offset of \d was \d+ before sales_events/));
  });

  test('finds the offsets that run ahead of a sink that resolves too early', async () => {
    const hasty = sinkWith((task) => {
      let last: Promise<unknown> = Promise.resolve();
      return {
        async write(batch, signal) {
          last = last.then(() => delay(1_000)).then(() => task.write(batch, signal));
        },
        async close() {
          await last;
          await task.close?.();
        },
      };
    });
    const { findings } = await runPlan({ ...plan, faults: [] }, clock, hasty);
    expect(findings).toContainEqual(expect.stringMatching(/^the group offset of \d was \d+ before sales_events/));
    expect(findings.filter((finding) => finding.includes('doubled') || finding.includes('is lost'))).toEqual([]);
  });
});
