/** A source for tests: each line that is appended to a file becomes an event, soon after it was. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { defineSource } from 'caves-connect/sdk';

export default defineSource({
  name: 'lines',
  version: '1.0.0',
  summary: 'Reads the lines of a file as they come',
  config: {
    properties: {
      file: { type: 'string', description: 'The file.' },
      topic: { type: 'string', description: 'The topic to write to.' },
    },
    required: ['file', 'topic'],
  },
  initialOffset: { next: 0 },
  open: ({ config: { file, topic } }) => ({
    async *read({ offset, signal }) {
      let next = Number(offset.next);
      while (!signal.aborted) {
        const lines = (await readFile(file, 'utf8')).split('\n').slice(next, -1);
        next += lines.length;
        if (lines.length > 0) {
          const records = lines.map((line) => ({ topic, value: { event_type: 'LINE', event_content: { line } } }));
          yield { records, offset: { next } };
        }
        await delay(20, undefined, { signal }).catch(() => undefined);
      }
    },
  }),
});
