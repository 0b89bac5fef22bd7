/** A sink that keeps nothing. */
import { defineSink } from 'caves-connect/sdk';

export default defineSink({
  name: 'cellar',
  version: '1.0.0',
  summary: 'Keeps nothing',
  config: { properties: {} },
  open: () => ({ write: async () => {} }),
});
