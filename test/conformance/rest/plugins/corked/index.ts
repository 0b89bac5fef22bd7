/** A source whose task fails, and which takes every offset. */
import { defineSource } from 'caves-connect/sdk';

export default defineSource({
  name: 'corked',
  version: '1.0.0',
  summary: 'Fails',
  config: { properties: {} },
  initialOffset: { next: 0 },
  open: () => ({
    // biome-ignore lint/correctness/useYield: it fails before it has anything
    async *read() {
      throw new Error('corked, as it was told');
    },
  }),
});
