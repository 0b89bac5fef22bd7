import { describe, expect, test } from 'vitest';
import { totalCents, wineEvent } from '../../../connectors/wine-sales-generator/event.ts';
import { eventId } from '../../../connectors/wine-sales-generator/event-id.ts';

describe('an event', () => {
  test('totals as the owners’ example does: six at 18.50 less 15 % is 94.35', () => {
    expect(totalCents(6, 1850, 15)).toBe(9435);
  });

  test('rounds half a cent up', () => {
    expect(totalCents(1, 1290, 5)).toBe(1226); // 12.255
    expect(totalCents(1, 1150, 15)).toBe(978); // 9.775
  });

  test('differs for numbers beyond 32 bits', () => {
    const content = (n: number) =>
      JSON.stringify({ ...wineEvent(1, n, '').event_content, order_line_id: 0, adjustment_id: 0 });
    const low = Array.from({ length: 20 }, (_, index) => content(index + 1));
    const high = Array.from({ length: 20 }, (_, index) => content(2 ** 32 + index + 1));
    expect(high).not.toEqual(low);
  });

  test('has an id that never changes: readers may have stored it', () => {
    expect(eventId(1, 1)).toBe(eventId(1, 1));
    expect(eventId(1, 1)).toBe('c4d44812-e22f-5572-b5e4-aa50e569c44c');
  });
});
