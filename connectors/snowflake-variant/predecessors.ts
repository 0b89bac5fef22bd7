/**
 * The transactions that tasks leave open. A task that is killed between BEGIN and COMMIT, or cut off in the middle of a
 * request, leaves a transaction behind in a session that nobody uses any more, and its locks keep every other task of the
 * connector waiting: until Snowflake ends it, after five idle minutes. So who takes over ends it.
 *
 * Which one it is can be proven: a task begins its transactions under a name that is made of its own, and the name of a
 * task that nobody else ever has is noted as the owner of its positions. Who asks for positions ends the transactions of
 * their owners, and nobody else's. That loses nothing: what was committed is not open, and what is rolled back its
 * successor writes again, from the positions that were rolled back with it.
 *
 * Snowflake shows and ends the transactions of the same user only: those of another user block until they end.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger, TopicPartition } from 'caves-connect/sdk';
import type { SinkConfig } from './config.ts';
import { faultOf } from './errors.ts';
import type { Names } from './names.ts';
import type { Result, Session } from './session.ts';
import { readOwners } from './statements.ts';

type Mode = SinkConfig['snowflake.transaction.mode'];

/** What Snowflake has of one request goes on without its client: it gets so long to come to its end by itself. */
const patienceMs = 2000;
const lookEveryMs = 200;

const prefixOf: Readonly<Record<Mode, string>> = { 'one.request': 'CAVES_REQUEST_', 'four.requests': 'CAVES_STEPS_' };

/** What a task calls its transactions. */
export function transactionName(owner: string, mode: Mode): string {
  return prefixOf[mode] + createHash('sha256').update(owner).digest('hex').slice(0, 32).toUpperCase();
}

interface OpenTransaction {
  readonly id: string;
  readonly session: string;
  readonly mode: Mode;
}

/** Ends the transactions of those who had positions of `partitions` last. */
export async function endPredecessors(
  session: Session,
  names: Names,
  partitions: readonly TopicPartition[],
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (partitions.length === 0) return;
  const { rows } = await session.execute(readOwners(names, partitions), [], signal);
  await endTransactions(
    session,
    rows.flatMap(([owner]) => (owner ? [owner] : [])),
    log,
    signal,
  );
}

/** Ends the transactions of tasks, except for those of one request that end by themselves. Resolves when none is open. */
export async function endTransactions(
  session: Session,
  owners: readonly string[],
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (owners.length === 0) return;
  const patientUntil = performance.now() + patienceMs;
  for (;;) {
    const open = openTransactions(await session.execute('SHOW TRANSACTIONS', [], signal), owners);
    const isPatient = performance.now() < patientUntil;
    const stuck = open.filter(({ mode }) => mode === 'four.requests' || !isPatient);
    for (const transaction of stuck) await end(session, transaction, log, signal);
    if (stuck.length === open.length) return;
    await delay(lookEveryMs, undefined, { signal });
  }
}

function openTransactions({ columns, rows }: Result, owners: readonly string[]): readonly OpenTransaction[] {
  const modes = new Map<string, Mode>(
    owners.flatMap((owner) =>
      (['one.request', 'four.requests'] as const).map((mode) => [transactionName(owner, mode), mode] as const),
    ),
  );
  const at = (name: string) => columns.findIndex((column) => column.name.toLowerCase() === name);
  const [id, session, name] = [at('id'), at('session'), at('name')];
  return rows.flatMap((row) => {
    const mode = modes.get(row[name]?.toUpperCase() ?? '');
    return mode === undefined ? [] : [{ id: `${BigInt(row[id] ?? 0)}`, session: row[session] ?? '', mode }];
  });
}

async function end(session: Session, { id, session: of }: OpenTransaction, log: Logger, signal: AbortSignal) {
  const ending = `SELECT SYSTEM$ABORT_TRANSACTION(${id})`;
  try {
    await session.execute(ending, [], signal);
    log.warn(`Ended transaction ${id} of session ${of}, which an earlier task had left open with its locks`);
  } catch (error) {
    if (faultOf(error) !== 'privilege') throw error;
    log.warn(
      `An earlier task has left transaction ${id} of session ${of} open with its locks, and this user may not end it: ` +
        `run ${ending} as the user who began it or as ACCOUNTADMIN, or wait until Snowflake ends it after five idle minutes`,
    );
  }
}
