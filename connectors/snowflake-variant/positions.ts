/**
 * The positions of one task: where each of its partitions is in the destination, and which transactions have moved them.
 *
 * A position has an owner: the task that asked for it last. A move is a compare-and-set over owner and position, in the
 * transaction of the rows. So of two tasks that hold the same partition only the one that asked last can write, and it
 * writes from where the other one stopped.
 *
 * When a commit got no answer, its attempt is in doubt: the table says whether it moved the positions. Until then the
 * same batch may be tried again under another attempt; the compare-and-set lets one of them through.
 */
import { randomUUID } from 'node:crypto';
import { FencedError, type Mark, type Position, type TopicPartition } from 'caves-connect/sdk';
import type { Names } from './names.ts';
import type { Result, Session } from './session.ts';
import { claimPositions, type Move, movePositions, nowhere, readPositions, setPositions } from './statements.ts';

interface StoredPosition extends Position {
  readonly owner: string | null;
  readonly attempt: string | null;
}

export interface Positions {
  /** Becomes the owner of partitions. The mark of each, in the order asked; undefined for none. */
  claim(
    session: Session,
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<readonly (Mark | undefined)[]>;
  /**
   * Sets positions: where this task has asked for them by compare-and-set, as a batch does (throws `FencedError` and sets
   * none when another task has them), else whoever owns them. Sets none when it has asked for some of them only.
   */
  set(
    session: Session,
    positions: readonly (TopicPartition & { readonly next: bigint | undefined })[],
    signal: AbortSignal,
  ): Promise<void>;
  /** The steps from where the positions are to where a batch moves them. */
  moves(positions: readonly Position[]): readonly Move[];
  /** Remembers an attempt whose commit got no answer. */
  doubt(attempt: string): void;
  readonly inDoubt: boolean;
  /**
   * Whether an attempt in doubt was committed, by what the table says: true when it was, false when the positions are
   * where they were. Throws when another task has taken them.
   */
  wasCommitted(session: Session, moves: readonly Move[], signal: AbortSignal): Promise<boolean>;
  /** The moves are committed: this is where the positions are now. */
  moved(moves: readonly Move[]): void;
}

/** `owner` is a name that no other task has ever had. */
export function trackPositions(names: Names, owner: string): Positions {
  const known = new Map<string, bigint>();
  const attempts = new Set<string>();
  /** Stands as the attempt of what `set` has moved. */
  const setting = randomUUID();

  const previousOf = (at: TopicPartition): bigint => {
    const previous = known.get(keyOf(at));
    if (previous !== undefined) return previous;
    throw new Error(
      `The position of ${keyOf(at)} was never asked for: positions() comes before write(), and before alterPositions() ` +
        'of a task that has asked for others',
    );
  };

  /** Whether an earlier `set`, which got no answer, has done it, and nobody has taken them since. */
  const areSet = async (session: Session, moves: readonly Move[], signal: AbortSignal): Promise<boolean> => {
    const stored = await storedPositions(session, names, moves, signal);
    return stored.every(
      (position, index) =>
        position.owner === owner && position.attempt === setting && position.next === moves[index]?.next,
    );
  };

  return {
    async claim(session, partitions, signal) {
      if (partitions.length === 0) return [];
      await session.execute(claimPositions(names, partitions, owner), [], signal);
      const stored = await storedPositions(session, names, partitions, signal);
      return stored.map((position) => {
        known.set(keyOf(position), position.next);
        return position.next === nowhere ? undefined : { next: position.next, last: position.last };
      });
    },

    async set(session, positions, signal) {
      if (positions.length === 0) return;
      const rows = positions.map(({ topic, partition, next = nowhere }) => ({ topic, partition, next }));
      if (!rows.some((row) => known.has(keyOf(row)))) {
        await session.execute(setPositions(names, rows, owner), [], signal);
        return;
      }
      const moves = rows.map((row): Move => ({ ...row, previous: previousOf(row) }));
      const { affected } = await session.execute(movePositions(names, moves, owner, setting), [], signal);
      if (affected !== moves.length && !(await areSet(session, moves, signal))) {
        throw new FencedError(
          `${rows.map(keyOf).join(', ')}: the positions cannot be set, another task has them now or has moved them on`,
        );
      }
      for (const { next, ...at } of moves) known.set(keyOf(at), next);
    },

    moves: (positions) =>
      positions.map(({ topic, partition, next, last }) => {
        const previous = previousOf({ topic, partition });
        if (next < previous) {
          throw new Error(
            `The position of ${topic}-${partition} is ${previous} and would go back to ${next}: was the topic recreated? ` +
              'To write its records again, stop the connector and change its offsets (REST: PATCH …/offsets)',
          );
        }
        return { topic, partition, previous, next, last };
      }),

    doubt(attempt) {
      attempts.add(attempt);
    },
    get inDoubt() {
      return attempts.size > 0;
    },

    async wasCommitted(session, moves, signal) {
      const stored = await storedPositions(session, names, moves, signal);
      const expected = stored.map((position, index) => ({ position, move: moves[index] as Move }));
      const committed = expected.every(
        ({ position, move }) =>
          position.next === move.next && position.attempt !== null && attempts.has(position.attempt),
      );
      if (committed) return true;
      const taken = expected.find(({ position, move }) => position.owner !== owner || position.next !== move.previous);
      if (taken !== undefined) throw takenError(taken.position, taken.move, owner);
      return false;
    },

    moved(moves) {
      attempts.clear();
      for (const move of moves) known.set(keyOf(move), move.next);
    },
  };
}

/** The rows of partitions, in the order asked. */
async function storedPositions(
  session: Session,
  names: Names,
  partitions: readonly TopicPartition[],
  signal: AbortSignal,
): Promise<readonly StoredPosition[]> {
  const { rows } = await session.execute(readPositions(names, partitions), [], signal);
  const stored = rows.map(storedPosition);
  return partitions.map((partition) => {
    const [position, ...others] = stored.filter((row) => keyOf(row) === keyOf(partition));
    if (position !== undefined && others.length === 0) return position;
    throw new Error(
      `${names.positions} has ${others.length + (position ? 1 : 0)} rows for ${keyOf(partition)} and must have one: ` +
        'somebody else has written to it',
    );
  });
}

function storedPosition(row: Result['rows'][number]): StoredPosition {
  const [topic, partition, next, owner, attempt, lastOffset, lastTimestamp] = row;
  return {
    topic: topic ?? '',
    partition: Number(partition),
    next: BigInt(next ?? nowhere),
    last: lastOffset == null ? undefined : { offset: BigInt(lastOffset), timestamp: Number(lastTimestamp) },
    owner: owner ?? null,
    attempt: attempt ?? null,
  };
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

function takenError(position: StoredPosition, move: Move, owner: string): FencedError {
  return new FencedError(
    `${keyOf(position)} is at ${position.next} by ${position.owner}, while this task (${owner}) has it at ${move.previous}: ` +
      'another task writes this partition now. Nothing of the batch was written. If it is not a task of this connector, ' +
      'give one of the two connectors another name',
  );
}
