/** The sink's task: a session that may be lost, the positions, and one transaction for each batch. */
import { randomUUID } from 'node:crypto';
import { RetriableError, type SinkContext, type SinkRecord, type SinkTask } from 'caves-connect/sdk';
import type { SinkConfig } from './config.ts';
import { explained, faultOf } from './errors.ts';
import { linkOf } from './link.ts';
import type { metrics } from './metrics.ts';
import { namesOf } from './names.ts';
import { choosePacking, type PackedArray, type Packing, plain } from './packing.ts';
import { trackPositions } from './positions.ts';
import { endPredecessors, endTransactions } from './predecessors.ts';
import { jsonArrays } from './rows.ts';
import { openSession, type Session } from './session.ts';
import { setUp } from './setup.ts';
import { watchStaging } from './staging.ts';
import type { Move } from './statements.ts';
import { reportTotals } from './totals.ts';
import { commit } from './transaction.ts';

export type TaskContext = SinkContext<SinkConfig, typeof metrics>;

export async function openTask(ctx: TaskContext): Promise<SinkTask> {
  const { config, log, connector } = ctx;
  const names = namesOf(config, connector);
  const owner = `${connector}-${ctx.task}-${randomUUID()}`;
  const queryTag = config['snowflake.query.tag'] ?? `caves-connect:${connector}`;
  const positions = trackPositions(names, owner);
  const staging = watchStaging(names, ctx);

  let announced = false;
  const connect = async (signal: AbortSignal): Promise<Session> => {
    const session = await explaining('Connecting to Snowflake', signal, () =>
      openSession(config, { queryTag, log }, signal),
    );
    // A session that was lost may still have this task's own transaction open, and its locks.
    if (announced) {
      await explaining('Looking for the transaction of a lost session', signal, () =>
        endTransactions(session, [owner], log, signal),
      ).catch(async (error) => {
        await session.close();
        throw error;
      });
    }
    // Not sooner: an attempt that does not get here is repeated, and would be announced each time.
    if (!announced) log.info('🚀 Starting Kafka Consumer for Snowflake ingestion');
    announced = true;
    log.info(`✅ Connected to Snowflake: ${names.shown.schema}`);
    return session;
  };
  const link = linkOf(connect, (error) => faultOf(error) === 'lost');

  /** Turns the driver's errors into those that steer the runtime. */
  async function explaining<T>(doing: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw signal.aborted ? error : explained(error, doing, config);
    }
  }

  const wasCommitted = (moves: readonly Move[], signal: AbortSignal): Promise<boolean> =>
    explaining('Looking for the last batch', signal, () =>
      link.run((session) => positions.wasCommitted(session, moves, signal), signal),
    );

  /** Resolves when the batch is durable, by this attempt or by an earlier one that got no answer. */
  async function settle(moves: readonly Move[], arrays: readonly PackedArray[], signal: AbortSignal): Promise<void> {
    if (positions.inDoubt && (await wasCommitted(moves, signal))) return;
    const attempt = randomUUID();
    const mode = config['snowflake.transaction.mode'];
    try {
      const transaction = { moves, arrays, owner, attempt };
      if (await link.run((session) => commit(session, names, transaction, mode, signal), signal)) return;
    } catch (error) {
      if (signal.aborted) throw error;
      const fault = faultOf(error);
      if (fault === 'lost') {
        // No answer: the table says what became of it. If it is still under way there, the next attempt waits for it.
        positions.doubt(attempt);
        if (await wasCommitted(moves, signal)) return;
      } else if (fault !== 'ours') {
        // A statement failed, and its transaction is still open.
        await link.run((session) => session.execute('ROLLBACK', [], signal), signal).catch(link.reset);
      }
      throw explained(error, 'Writing a batch', config);
    }
    // The positions were not as expected: an attempt in doubt was committed late, or another task has them (which throws).
    if (await wasCommitted(moves, signal)) return;
    throw new RetriableError('The positions could not be moved, although they are as expected');
  }

  let pack: Packing = plain;
  try {
    await link.run((session) => setUp(session, names, config, ctx.signal), ctx.signal);
    if (config['snowflake.compression'] === 'zstd')
      pack = await link.run((session) => choosePacking(session, log, ctx.signal), ctx.signal);
    await staging.refresh(link, ctx.signal);
  } catch (error) {
    await link.reset();
    throw error;
  }
  const totals = reportTotals(ctx.totals, log);

  return {
    positions: (partitions, signal) =>
      explaining('Asking for the positions', signal, () =>
        link.run(async (session) => {
          await endPredecessors(session, names, partitions, log, signal);
          return positions.claim(session, partitions, signal);
        }, signal),
      ),

    alterPositions: (altered, signal) =>
      explaining('Changing the positions', signal, () =>
        link.run(async (session) => {
          await endPredecessors(session, names, altered, log, signal);
          await positions.set(session, altered, signal);
        }, signal),
      ),

    async write(batch, signal) {
      const moves = positions.moves(batch.positions);
      const arrays = jsonArrays(batch.records).map(pack);
      if (moves.length === 0 && arrays.length === 0) return;
      const began = performance.now();
      await settle(moves, arrays, signal);
      positions.moved(moves);
      if (arrays.length > 0) measure(ctx, batch.records, (performance.now() - began) / 1000);
      await staging.refresh(link, signal);
    },

    async close() {
      totals.close();
      await link.reset();
    },
  };
}

function measure({ metrics }: TaskContext, records: readonly SinkRecord[], seconds: number): void {
  const byType = new Map<string, number>();
  for (const { type = 'unknown' } of records) byType.set(type, (byType.get(type) ?? 0) + 1);
  for (const [event_type, count] of byType) {
    metrics.kafka_events_inserted_snowflake_total.add(count, { event_type });
  }
  metrics.kafka_snowflake_insert_rows.set(records.length);
  metrics.snowflake_insert_duration_seconds.observe(seconds);
}
