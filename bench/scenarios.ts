/** What is measured: each scenario prepares a Kafka and names its candidates, ours first. */
import { fileURLToPath } from 'node:url';
import { connectSink, connectSource } from './connect.ts';
import type { RunningKafka } from './kafka.ts';
import { type Measurement, measure } from './measure.ts';
import { startServices } from './services.ts';

export interface Scenario {
  readonly title: string;
  prepare(kafka: RunningKafka, events: number): Promise<readonly Candidate[]>;
}

export interface Candidate {
  readonly label: string;
  /** A fresh run: topics and groups of its own. */
  measure(): Promise<Measurement>;
}

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** What runs one of the pipelines here to its end, with the flag that the bin's first line has. */
export const startCommand = (pipeline: string): readonly string[] => [
  '--max-semi-space-size=8',
  path('../bin/caves-connect.js'),
  'start',
  path(`pipelines/${pipeline}`),
  '--exit-when-done',
];

let names = 0;
const freshName = (of: string) => `bench-${of}-${++names}`;

const environment = (kafka: RunningKafka, events: number, topic: string) => ({
  BENCH_BROKERS: kafka.brokers,
  BENCH_EVENTS: String(events),
  BENCH_TOPIC: topic,
  BENCH_GROUP: freshName('group'),
});

async function freshTopic(kafka: RunningKafka): Promise<string> {
  const topic = freshName('topic');
  await kafka.createTopic(topic);
  return topic;
}

/** Into a topic of its own; its growth is watched from outside. */
async function producing(kafka: RunningKafka, events: number, command: readonly string[]): Promise<Measurement> {
  const topic = await freshTopic(kafka);
  return measure({ command, env: environment(kafka, events, topic), events, progress: () => kafka.length(topic) });
}

/** Kafka Connect is measured where it is at home. */
const onApache = (kafka: RunningKafka, candidate: Candidate): readonly Candidate[] =>
  kafka.kind === 'apache' ? [candidate] : [];

export const scenarios: Readonly<Record<string, Scenario>> = {
  source: {
    title: 'Source path: wine events into Kafka, in transactions',
    prepare: async (kafka, events) => [
      { label: 'caves-connect', measure: () => producing(kafka, events, startCommand('source.yaml')) },
      { label: 'by hand', measure: () => producing(kafka, events, [path('by-hand/produce.ts')]) },
      ...onApache(kafka, {
        label: 'Kafka Connect',
        measure: async () => connectSource(kafka, events, await freshTopic(kafka)),
      }),
    ],
  },
  sink: {
    title: 'Sink path: wine events out of Kafka, validated, into a counting sink',
    async prepare(kafka, events) {
      const topic = await freshTopic(kafka);
      const fill = { command: [path('by-hand/produce.ts')], env: environment(kafka, events, topic), events };
      await measure({ ...fill, progress: () => kafka.length(topic) });
      const consuming = (command: readonly string[]) =>
        measure({ command, env: environment(kafka, events, topic), events });
      return [
        {
          label: 'caves-connect',
          async measure() {
            await kafka.rewind('connect-bench-sink', topic);
            return consuming(startCommand('sink.yaml'));
          },
        },
        { label: 'by hand', measure: () => consuming([path('by-hand/consume.ts')]) },
        ...onApache(kafka, { label: 'Kafka Connect', measure: () => connectSink(kafka, events, topic) }),
      ];
    },
  },
  whole: {
    title: 'Whole pipeline on the embedded services: generator, Kafka, validation, table, batches of 5000',
    prepare: async (_, events) => [
      { label: 'caves-connect', measure: () => wholePipeline(events, 'none') },
      { label: 'with the sink in a thread', measure: () => wholePipeline(events, 'thread') },
    ],
  },
};

async function wholePipeline(events: number, isolation: 'none' | 'thread'): Promise<Measurement> {
  await using services = await startServices();
  const env = {
    ...services.env,
    BENCH_EVENTS: String(events),
    BENCH_TOPIC: 'bench-whole',
    BENCH_GROUP: 'bench-whole',
    BENCH_TABLE: 'BENCH_WHOLE',
    BENCH_DELAY_MS: '0',
    BENCH_ISOLATION: isolation,
    BENCH_BATCH_SIZE: '5000',
  };
  const progress = async () => {
    const [row] = await services.rows('SELECT COUNT(*) AS SEEN FROM WINE_SALES_DB.RAW_DATA.BENCH_WHOLE');
    return Number(row?.['SEEN'] ?? 0);
  };
  const measurement = await measure({ command: startCommand('whole.yaml'), env, events, progress });
  return { ...measurement, services: services.usage() };
}
