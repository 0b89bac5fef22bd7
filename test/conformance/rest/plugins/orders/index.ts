/** A source of four orders, which may be told to fail. */
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
      note: { type: 'string', description: 'What stands on it.' },
      fail: { type: 'boolean', default: false, description: 'Whether to fail.' },
    },
    required: ['topic'],
  },
  initialOffset: { next: 0 },
  open({ config }) {
    return {
      async *read({ offset, signal }) {
        if (config.fail) throw new Error('corked, as it was told');
        for (let next = offset.next; next < 4; next++) {
          yield { records: [{ topic: config.topic, value: { order: next } }], offset: { next: next + 1 } };
        }
        await delay(2 ** 30, undefined, { signal });
      },
    };
  },
});
