/**
 * A source of wine sales: the events of a shop that does not exist, for demos, tests and benchmarks.
 *
 * It promises: the same seed gives the same events, everything but their time stamps; a restart goes on with the next
 * event, none twice and none left out. Its offset is `{ next: n }`, events count from 1, and event n belongs to
 * partition n mod `generation.partitions`.
 * It leaves out: seasons, stock levels, customers that come back; each event stands for itself.
 */
import { ConfigError, defineSource, type SourceOffset, type SourceRecord } from 'caves-connect/sdk';
import { wineEvent } from './event.ts';
import { faultOf } from './fault.ts';
import { eventLine } from './line.ts';
import { pace } from './pace.ts';

/** A few milliseconds of work. */
const eventsAtOnce = 500;
/** Slower events are logged one by one, faster ones by a sample each second. */
const readableDelayMs = 200;
const sampleMs = 1000;

export default defineSource({
  name: 'wine-sales-generator',
  version: '1.0.0',
  summary: "Invents the sales of a wine merchant: Les Caves d'Albert's ORDER_CREATED and INVENTORY_ADJUSTED events",
  config: {
    properties: {
      topic: {
        type: 'string',
        minLength: 1,
        pattern: '^[a-zA-Z0-9._-]{1,249}$',
        default: 'sales_events',
        description: 'The topic to write to.',
        importance: 'high',
      },
      'generation.delay.ms': {
        type: 'integer',
        minimum: 0,
        default: 1000,
        description: 'Time between two events in milliseconds, over all partitions; 0 for as fast as it goes.',
        importance: 'high',
      },
      'generation.seed': {
        type: 'integer',
        minimum: 0,
        maximum: 4_294_967_295,
        default: 1,
        description: 'Chooses the events: the same seed gives the same ones. Another seed goes on at the same number.',
      },
      'generation.partitions': {
        type: 'integer',
        minimum: 1,
        maximum: 1000,
        default: 1,
        description:
          'Splits the events among so many tasks: event n is in partition n mod this number. To change it later, ' +
          'give the connector a new name: the progress of the old split says nothing about the new one.',
        importance: 'low',
      },
      'max.events': {
        type: 'integer',
        minimum: 0,
        default: 0,
        description: 'The number of the last event, over all partitions; 0 for no end.',
      },
      'invalid.ratio': {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0,
        description: 'The share of events that break their schema in one way or another; 0.02 is 2 %.',
      },
    },
  },
  initialOffset: { next: 1 },
  checkOffset,

  open({ config, log }) {
    const topic = config.topic;
    const seed = config['generation.seed'];
    const delayMs = config['generation.delay.ms'];
    const partitions = config['generation.partitions'];
    const last = config['max.events'] === 0 ? Number.MAX_SAFE_INTEGER : config['max.events'];
    const invalidRatio = config['invalid.ratio'];
    log.info(`🚀 Kafka Producer started - Topic: ${topic}`);

    const record = (n: number, timestamp: number, isoTime: string): SourceRecord => {
      const event = wineEvent(seed, n, isoTime);
      const value = faultOf(seed, n, invalidRatio)?.apply(event) ?? event;
      return { topic, key: `${event.product_id}`, value, timestamp };
    };

    return {
      partitions: () => Array.from({ length: partitions }, (_, index) => `${index}`),

      async *read({ partition, offset, signal }) {
        const wrong = checkOffset(offset);
        if (wrong !== undefined) throw new ConfigError(wrong);
        let n = firstEventOf(Number(partition), partitions, offset.next);
        let sampledAt = 0;
        const rhythm = { delayMs: delayMs * partitions, firstAfterMs: delayMs * (n - offset.next), eventsAtOnce };
        for await (const due of pace(rhythm, signal)) {
          const timestamp = Date.now();
          const isoTime = new Date(timestamp).toISOString();
          const records: SourceRecord[] = [];
          const first = n;
          for (; records.length < due && n <= last; n += partitions) records.push(record(n, timestamp, isoTime));
          if (records.length > 0) yield { records, offset: { next: n } };

          if (delayMs >= readableDelayMs) {
            for (let sent = first; sent < n; sent += partitions) log.info(eventLine(seed, sent, invalidRatio));
          } else if (n > first && timestamp - sampledAt >= sampleMs) {
            sampledAt = timestamp;
            log.info(eventLine(seed, n - partitions, invalidRatio));
          }
          if (n > last) return;
        }
      },
    };
  },
});

function checkOffset({ next, ...others }: SourceOffset): string | undefined {
  if (Number.isSafeInteger(next) && Number(next) >= 1 && Object.keys(others).length === 0) return undefined;
  return 'The offset of wine-sales-generator is {"next": n}, where n is the number of the next event, from 1';
}

/** The first event from `next` on that belongs to `partition`. */
function firstEventOf(partition: number, partitions: number, next: number): number {
  return next + ((((partition - next) % partitions) + partitions) % partitions);
}
