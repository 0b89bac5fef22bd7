/**
 * One batch as one transaction: positions by compare-and-set, then rows, then COMMIT.
 *
 * As one request, no process can be killed between BEGIN and COMMIT and leave locks for which its successor would wait
 * for minutes. Nothing can branch there, so the rows ask by themselves whether the positions were moved. Where a
 * transaction is left open all the same, its name tells the successor which one it is (`predecessors.ts`).
 */
import type { SinkConfig } from './config.ts';
import { isOfOneRequest } from './errors.ts';
import type { Names } from './names.ts';
import type { PackedArray } from './packing.ts';
import { transactionName } from './predecessors.ts';
import type { Session } from './session.ts';
import { insertRows, type Move, movePositions } from './statements.ts';

export interface Transaction {
  readonly moves: readonly Move[];
  /** The rows as JSON arrays, one for each INSERT. */
  readonly arrays: readonly PackedArray[];
  readonly owner: string;
  /** A name that no other transaction has. */
  readonly attempt: string;
}

/** Whether the positions were as expected: if not, nothing was written. Throws the driver's error as it is. */
export async function commit(
  session: Session,
  names: Names,
  { moves, arrays, owner, attempt }: Transaction,
  mode: SinkConfig['snowflake.transaction.mode'],
  signal: AbortSignal,
): Promise<boolean> {
  const move = movePositions(names, moves, owner, attempt);
  if (arrays.length === 0) return (await session.execute(move, [], signal)).affected === moves.length;

  const inserts = arrays.map(({ expression }) => insertRows(names, moves.length, attempt, expression));
  if (mode === 'one.request') {
    const statements = [begin(owner, mode), move, ...inserts, 'COMMIT'];
    const binds = arrays.map(({ bind }) => bind);
    try {
      const [, moved] = await session.executeTogether(statements, binds, 2, signal);
      return moved?.affected === moves.length;
    } catch (error) {
      // Which error it was is not to be had from such a request: the statements say it one by one.
      if (!isOfOneRequest(error)) throw error;
      await session.execute('ROLLBACK', [], signal);
    }
  }
  await session.execute(begin(owner, 'four.requests'), [], signal);
  if ((await session.execute(move, [], signal)).affected !== moves.length) {
    await session.execute('ROLLBACK', [], signal);
    return false;
  }
  for (const [index, insert] of inserts.entries()) {
    if ((await session.execute(insert, [arrays[index]?.bind ?? ''], signal)).affected > 0) continue;
    // The rows did not find the positions moved: the transaction was ended on the way, and this INSERT stood alone.
    await session.execute('ROLLBACK', [], signal);
    return false;
  }
  await session.execute('COMMIT', [], signal);
  return true;
}

function begin(owner: string, mode: SinkConfig['snowflake.transaction.mode']): string {
  return `BEGIN NAME ${transactionName(owner, mode)}`;
}
