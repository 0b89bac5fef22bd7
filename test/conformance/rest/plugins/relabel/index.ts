/** A transform that changes nothing. */
import { defineTransform } from 'caves-connect/sdk';

export default defineTransform({
  name: 'relabel',
  version: '1.0.0',
  summary: 'Changes nothing',
  config: { properties: { label: { type: 'string', description: 'What would be put on.' } } },
  open: () => ({ apply: (records) => records }),
});
