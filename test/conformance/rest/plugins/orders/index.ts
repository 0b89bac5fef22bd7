/** A source of four orders, or as many as it is told. */
import { setTimeout as delay } from 'node:timers/promises';
import { defineSource } from 'caves-connect/sdk';

export default defineSource({
  name: 'orders',
  version: '1.0.0',
  summary: 'Four orders',
  config: {
    properties: {
      topic: { type: 'string', minLength: 1, description: 'Where they go.' },
      'order.size': { type: 'integer', default: 1, description: 'Bottles in an order.' },
      'order.count': { type: 'integer', default: 4, description: 'How many there are.' },
      note: { type: 'string', description: 'What stands on it.' },
    },
    required: ['topic'],
  },
  initialOffset: { next: 0 },
  checkOffset: ({ next }) =>
    typeof next === 'number' ? undefined : "The value for the 'next' key in the offset is expected to be a number",
  open({ config }) {
    return {
      async *read({ offset, signal }) {
        for (let next = offset.next; next < config['order.count']; next++) {
          yield { records: [{ topic: config.topic, value: { order: next } }], offset: { next: next + 1 } };
        }
        await delay(2 ** 30, undefined, { signal });
      },
    };
  },
});
