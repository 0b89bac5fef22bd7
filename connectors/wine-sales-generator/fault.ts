/**
 * Faulty events, so that validation and the dead letter queue are seen at work. Which event is faulty and how is a pure
 * function of (seed, n), drawn apart from its content: the other events stay the same at any `invalid.ratio`.
 */
import type { JsonValue } from 'caves-connect/sdk';
import { drawsFor } from './draws.ts';
import type { WineEvent } from './event.ts';

interface Fault {
  /** For the log line: what a reader of the dead letter queue will find. */
  readonly summary: string;
  apply(event: WineEvent): JsonValue;
}

const faults: readonly [Fault, ...Fault[]] = [
  { summary: 'product name missing', apply: (event) => withContent(event, { product_name: undefined }) },
  { summary: 'quantity is text', apply: (event) => withQuantity(event, 'six') },
  { summary: 'quantity below what there is', apply: (event) => withQuantity(event, -1_000_000) },
  { summary: 'unknown event type', apply: (event) => ({ ...event, event_type: 'ORDER_TELEPATHED' }) },
  { summary: 'event type missing', apply: ({ event_type: _, ...rest }) => rest },
  { summary: 'metadata is text', apply: (event) => ({ ...event, event_metadata: event.event_metadata.event_id }) },
  { summary: 'not an object', apply: (event) => `${event.event_type} ${event.product_id}` },
];

/** What is wrong with event `n`; undefined for a sound one. */
export function faultOf(seed: number, n: number, ratio: number): Fault | undefined {
  if (ratio === 0) return undefined;
  const draws = drawsFor(~seed, n);
  return draws.fraction() < ratio ? draws.from(faults) : undefined;
}

function withContent(event: WineEvent, change: Readonly<Record<string, JsonValue | undefined>>): JsonValue {
  const content = Object.entries({ ...event.event_content, ...change });
  return {
    ...event,
    event_content: Object.fromEntries(content.filter((field) => field[1] !== undefined)) as JsonValue,
  };
}

function withQuantity(event: WineEvent, quantity: JsonValue): JsonValue {
  return withContent(event, event.event_type === 'ORDER_CREATED' ? { quantity } : { quantity_change: quantity });
}
