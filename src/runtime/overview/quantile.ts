/** Quantiles of a histogram, as Prometheus's `histogram_quantile` has them. */

/**
 * The value below which a share `q` of the observations lies, by linear interpolation within its bucket; undefined when
 * there are none. `counts[i]` lie in (bound i-1, bound i], the last of them above all bounds: there the highest bound is
 * all that can be said.
 */
export function quantile(q: number, bounds: readonly number[], counts: readonly number[]): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = q * total;
  let below = 0;
  for (const [i, bound] of bounds.entries()) {
    const count = counts[i] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = bounds[i - 1] ?? 0;
      return lower + (bound - lower) * ((rank - below) / count);
    }
    below += count;
  }
  return bounds.at(-1);
}
