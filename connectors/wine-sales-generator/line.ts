import { type WineEvent, wineEvent } from './event.ts';
import { faultOf } from './fault.ts';

/** Event `n` as the log tells of it. Made anew from (seed, n), so that the events that nobody logs cost nothing. */
export function eventLine(seed: number, n: number, invalidRatio: number): string {
  const event = wineEvent(seed, n, '');
  const fault = faultOf(seed, n, invalidRatio);
  const emoji = fault !== undefined ? '⚠️ ' : event.event_type === 'ORDER_CREATED' ? '🛒' : '📦';
  const told = fault === undefined ? whoOrWhere(event) : `Faulty on purpose: ${fault.summary}`;
  return `${emoji} [${event.event_type}] Event ${n} sent | Product: ${event.event_content.product_name} | ${told}`;
}

function whoOrWhere(event: WineEvent): string {
  return event.event_type === 'ORDER_CREATED'
    ? `Customer: ${event.customer_id}`
    : `Warehouse: ${event.event_content.warehouse}`;
}
