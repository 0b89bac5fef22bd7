/** A sink that counts, to measure what everything before the destination costs. */
import { defineSink } from 'caves-connect/sdk';
import { mark } from './report-usage.ts';

const expected = Number(process.env['BENCH_EVENTS']);

export default defineSink({
  name: 'counting-sink',
  version: '1.0.0',
  summary: 'Counts records and forgets them',
  config: { properties: {} },
  open() {
    let count = 0;
    return {
      async write({ records }) {
        mark('first');
        count += records.length;
        if (count >= expected) mark('last');
      },
    };
  },
});
