/** The nearest known name to a misspelled one, for "did you mean". */
import { distance } from 'fastest-levenshtein';

/** Case and separators are what people get wrong most, so `batchSize` and `batch_size` are one step from `batch.size`. */
const plain = (name: string) => name.toLowerCase().replaceAll(/[._\-\s]/g, '');

/** The known name that was most likely meant; undefined when none is near enough to be a help. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = plain(name);
  let best: string | undefined;
  // Two steps are a swap of letters, which is common; of a name of two letters they leave nothing.
  let least = Math.max(wanted.length > 2 ? 2 : 1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(wanted, plain(candidate));
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best;
}

/** ` Did you mean "x"?`, or nothing: to be put behind a sentence. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const meant = nearest(name, known);
  return meant === undefined ? '' : ` Did you mean "${meant}"?`;
}
