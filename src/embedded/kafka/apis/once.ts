/** Requests that may name a thing once only. */

import { KafkaError } from '../errors.ts';

/** Each element once, in its place, with a check that it was not there again. */
export function once<T>(
  elements: readonly T[],
  nameOf: (element: T) => string,
): ReadonlyArray<{ readonly element: T; check(): void }> {
  return [...Map.groupBy(elements, nameOf)].map(([name, same]) => ({
    element: same[0] as T,
    /** @throws KafkaError INVALID_REQUEST */
    check: () => {
      if (same.length > 1) throw new KafkaError('INVALID_REQUEST', `The request names ${name} ${same.length} times`);
    },
  }));
}
