/**
 * All that a plan can do to a pipeline: which fault, and at which step of the way of an event. Each has a name, by which
 * a run counts what has really happened.
 */
import type { ErrorName } from '../../../src/embedded/kafka/index.ts';

/** The steps of an event, as the services see them. `validate` is what the worker does between an answer and the next request. */
export type Step =
  | 'produce'
  | 'end of transaction'
  | 'producer id'
  | 'join'
  | 'fetch'
  | 'validate'
  | 'login'
  | 'update'
  | 'insert'
  | 'commit'
  | 'dlq produce'
  | 'offset commit';

/** Before the service does its work, or after it and before its answer. */
export type Moment = 'before' | 'after';

export type FaultKind =
  | { readonly does: 'kill'; readonly step: Step; readonly moment: Moment }
  | { readonly does: 'cut'; readonly step: Step; readonly moment: Moment }
  | { readonly does: 'slow'; readonly step: Step }
  | { readonly does: 'refuse'; readonly step: Step; readonly error: ErrorName }
  | { readonly does: 'status'; readonly step: Step; readonly status: 429 | 503 }
  | { readonly does: 'expired session' | 'lost session' | 'lost transaction'; readonly step: Step }
  | { readonly does: 'roll-back'; readonly step: 'insert' | 'commit' }
  | { readonly does: 'lock time-out' | 'locked table'; readonly step: Step }
  | { readonly does: 'rebalance'; readonly step: Step; readonly leaves: 'stop' | 'kill' }
  | { readonly does: 'clock ahead' | 'clock back'; readonly step: Step }
  | { readonly does: 'disk full'; readonly step: Step }
  | { readonly does: 'partitions added'; readonly step: Step }
  | { readonly does: 'topic recreated'; readonly step: Step; readonly policy: 'fail' | 'reset' };

const moments: readonly Moment[] = ['before', 'after'];
const atBoth = <T>(steps: readonly Step[], make: (step: Step, moment: Moment) => T): readonly T[] =>
  steps.flatMap((step) => moments.map((moment) => make(step, moment)));

const writing: readonly Step[] = ['update', 'insert', 'commit'];

export const catalogue: readonly FaultKind[] = [
  ...atBoth(['fetch', 'validate', ...writing, 'dlq produce', 'offset commit', 'produce'], (step, moment) => ({
    does: 'kill' as const,
    step,
    moment,
  })),
  ...atBoth(
    [
      'produce',
      'end of transaction',
      'producer id',
      'join',
      'fetch',
      'login',
      ...writing,
      'dlq produce',
      'offset commit',
    ],
    (step, moment) => ({ does: 'cut' as const, step, moment }),
  ),
  ...(['produce', 'end of transaction', 'fetch', 'login', ...writing, 'dlq produce', 'offset commit'] as const).map(
    (step) => ({ does: 'slow' as const, step }),
  ),
  { does: 'refuse', step: 'produce', error: 'NOT_LEADER_OR_FOLLOWER' },
  { does: 'refuse', step: 'end of transaction', error: 'COORDINATOR_NOT_AVAILABLE' },
  { does: 'refuse', step: 'producer id', error: 'COORDINATOR_LOAD_IN_PROGRESS' },
  { does: 'refuse', step: 'join', error: 'UNKNOWN_MEMBER_ID' },
  { does: 'refuse', step: 'offset commit', error: 'REBALANCE_IN_PROGRESS' },
  { does: 'refuse', step: 'dlq produce', error: 'NOT_ENOUGH_REPLICAS' },
  ...(['login', ...writing] as const).flatMap((step) => [
    { does: 'status' as const, step, status: 429 as const },
    { does: 'status' as const, step, status: 503 as const },
  ]),
  ...writing.map((step) => ({ does: 'expired session' as const, step })),
  { does: 'lost session', step: 'update' },
  // Those of one request are not lost on the way: there is no way.
  ...(['insert', 'commit'] as const).map((step) => ({ does: 'lost transaction' as const, step })),
  // By the warehouse itself; the session goes on without it.
  ...(['insert', 'commit'] as const).map((step) => ({ does: 'roll-back' as const, step })),
  { does: 'lock time-out', step: 'update' },
  { does: 'locked table', step: 'fetch' },
  ...(['fetch', ...writing, 'dlq produce', 'offset commit'] as const).flatMap((step) => [
    { does: 'rebalance' as const, step, leaves: 'stop' as const },
    { does: 'rebalance' as const, step, leaves: 'kill' as const },
  ]),
  ...(['fetch', 'update', 'produce'] as const).flatMap((step) => [
    { does: 'clock ahead' as const, step },
    { does: 'clock back' as const, step },
  ]),
  ...(['produce', 'dlq produce', 'offset commit'] as const).map((step) => ({ does: 'disk full' as const, step })),
  ...(['fetch', 'update'] as const).map((step) => ({ does: 'partitions added' as const, step })),
  ...(['fetch', 'update', 'offset commit'] as const).map((step) => ({
    does: 'topic recreated' as const,
    step,
    policy: 'reset' as const,
  })),
  { does: 'topic recreated', step: 'offset commit', policy: 'fail' },
];

/** As a plan and a count show it: `kill before update`. */
export function nameOf(kind: FaultKind): string {
  switch (kind.does) {
    case 'kill':
    case 'cut':
      return `${kind.does} ${kind.moment} ${kind.step}`;
    case 'refuse':
      return `${kind.error} at ${kind.step}`;
    case 'status':
      return `${kind.status} at ${kind.step}`;
    case 'rebalance':
      return `rebalance at ${kind.step}, ended by ${kind.leaves}`;
    case 'topic recreated':
      return `topic recreated at ${kind.step} (${kind.policy})`;
    default:
      return `${kind.does} at ${kind.step}`;
  }
}
