/** What is killed when: a pure function of the seed, so that a failure can be tried again. */
import { drawsFor } from '../../connectors/wine-sales-generator/draws.ts';

export interface Kill {
  /** Time since the worker was started last. */
  readonly afterMs: number;
  readonly victims: readonly ('worker' | 'services')[];
}

const victims: readonly [Kill['victims'], ...Kill['victims'][]] = [
  ['worker'],
  ['worker'],
  ['services'],
  ['worker', 'services'],
];

/**
 * While things start, when a source takes over from a dead one; while the source flows and the sink still waits for the
 * session of a dead one to end (10 s); while both flow.
 */
const moments: readonly [Range, ...Range[]] = [
  [100, 2_000],
  [2_000, 9_000],
  [11_000, 14_000],
];
type Range = readonly [from: number, to: number];

export function planKills(seed: number, count: number): readonly Kill[] {
  return Array.from({ length: count }, (_, index) => {
    const draws = drawsFor(seed, index);
    const [from, to] = draws.from(moments);
    return { afterMs: draws.between(from, to), victims: draws.from(victims) };
  });
}
