/** A sink that keeps nothing, and says where it goes on from. */
import { defineSink } from 'caves-connect/sdk';

export default defineSink({
  name: 'cellar',
  version: '1.0.0',
  summary: 'Keeps nothing',
  config: { properties: {} },
  open: () => ({ write: async () => {}, alterPositions: async () => {} }),
});
