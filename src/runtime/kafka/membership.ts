/**
 * What a join gave to a consumer, until the next join. Its batches are let through while it is open: not before it is
 * known where to begin, and not after a failed fetch until it is known which topics are there.
 */
import type { TopicPartition } from '../../sdk/index.ts';

export interface Membership {
  readonly assigned: readonly TopicPartition[];
  /** The brokers that have not answered their fetch yet. */
  readonly fetching: Set<unknown>;
  /** In a rebalance there may be nothing to hear for long. */
  isRebalancing: boolean;
  readonly isOpen: boolean;
  /** There is a later one: nothing of this one counts any more. */
  readonly isOver: boolean;
  open(): void;
  shut(): void;
  end(): void;
  /** Resolves when it is open or over. */
  decided(): Promise<void>;
}

export function createMembership(assigned: readonly TopicPartition[]): Membership {
  let state: 'shut' | 'open' | 'over' = 'shut';
  let decision = Promise.withResolvers<void>();
  const decide = (now: 'open' | 'over') => {
    if (state === 'over') return;
    state = now;
    decision.resolve();
  };
  return {
    assigned,
    fetching: new Set(),
    isRebalancing: false,
    get isOpen() {
      return state === 'open';
    },
    get isOver() {
      return state === 'over';
    },
    open: () => decide('open'),
    shut() {
      if (state !== 'open') return;
      state = 'shut';
      decision = Promise.withResolvers();
    },
    end: () => decide('over'),
    decided: () => decision.promise,
  };
}

/** Whoever commits has to look up where the group stands: others may have gone on from there. */
export class MembershipOverError extends Error {
  override readonly name = 'MembershipOverError';
  readonly retriable = true;

  constructor() {
    super('the partitions were dealt anew before the commit');
  }
}
