/** The events that a pipeline is to carry, from the generator's own functions. */
import { wineEvent } from '../../connectors/wine-sales-generator/event.ts';
import { faultOf } from '../../connectors/wine-sales-generator/fault.ts';

export interface KnownEvent {
  readonly n: number;
  /** The generator's. */
  readonly seed: number;
  readonly valid: boolean;
  /** Its content in {@link canonical} form. */
  readonly text: string;
}

/** Events 1 to `events` of a generator. */
export function knownEvents(generator: {
  readonly seed: number;
  readonly events: number;
  readonly invalidRatio: number;
}): readonly KnownEvent[] {
  const { seed, events, invalidRatio } = generator;
  return Array.from({ length: events }, (_, index) => {
    const n = index + 1;
    const event = wineEvent(seed, n, '');
    const fault = faultOf(seed, n, invalidRatio);
    return { n, seed, valid: fault === undefined, text: canonical(fault?.apply(event) ?? event) };
  });
}

/** JSON with sorted keys and without the time stamp, the only thing about an event that its number does not decide. */
export function canonical(event: unknown): string {
  return JSON.stringify(event, (key, value: unknown) => {
    if (key === 'timestamp') return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
