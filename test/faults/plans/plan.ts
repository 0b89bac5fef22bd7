/** What happens when in one plan: a pure function of its seed, so that a failure can be tried again. */
import { drawsFor } from '../../../connectors/wine-sales-generator/draws.ts';
import { catalogue, type FaultKind, nameOf } from './catalogue.ts';

export interface PlannedFault {
  readonly kind: FaultKind;
  /** At which passing of its step, from 1. */
  readonly nth: number;
  /** How long it lasts, where it lasts: until the worker is back, the disk has room, the other member leaves. */
  readonly lastsMs: number;
  /** Drawn for whatever else the kind leaves open. */
  readonly draw: number;
}

export interface Plan {
  readonly seed: number;
  readonly events: number;
  readonly partitions: number;
  readonly transactionMode: 'one.request' | 'four.requests';
  readonly batchSize: number;
  readonly transactionRecords: number;
  /** What the sink does with a topic that was deleted and made again. */
  readonly topicRecreated: 'fail' | 'reset';
  readonly faults: readonly PlannedFault[];
}

/** Consecutive seeds have the kinds of the catalogue one after another, and others beside them by chance. */
export function planOf(seed: number): Plan {
  const draws = drawsFor(seed, 0);
  const headline = catalogue[seed % catalogue.length] as FaultKind;
  const others = Array.from({ length: draws.between(0, 2) }, () =>
    draws.from(catalogue as [FaultKind, ...FaultKind[]]),
  );
  const kinds = [headline, ...others];
  const isOpenBetween = kinds.some(({ does }) => does === 'lost transaction');
  return {
    seed,
    events: draws.between(60, 140),
    partitions: draws.from([1, 1, 2, 3]),
    transactionMode: isOpenBetween ? 'four.requests' : draws.from(['one.request', 'one.request', 'four.requests']),
    batchSize: draws.between(10, 40),
    transactionRecords: draws.between(10, 40),
    topicRecreated: kinds.some((kind) => kind.does === 'topic recreated' && kind.policy === 'reset') ? 'reset' : 'fail',
    faults: kinds.map((kind) => ({
      kind,
      nth: draws.between(1, rareSteps.has(kind.step) ? 1 : 4),
      lastsMs: draws.from([50, 500, 2_000, 12_000]),
      draw: draws.fraction(),
    })),
  };
}

/** What may come once only. */
const rareSteps: ReadonlySet<string> = new Set(['login', 'join', 'producer id']);

export function describePlan({ seed, faults, ...rest }: Plan): string {
  const settings = Object.entries(rest).map(([key, value]) => `${key} ${value}`);
  const lines = faults.map(({ kind, nth, lastsMs }) => `  ${nameOf(kind)}, number ${nth}, ${lastsMs} ms`);
  return [`seed ${seed}: ${settings.join(', ')}`, ...lines].join('\n');
}
