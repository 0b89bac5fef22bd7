/**
 * `node bench/run.ts [scenario…] [--events 1000000] [--runs 3] [--kafka embedded|apache]`: runs the scenarios, each
 * candidate in a process of its own, candidates taking turns, and prints the medians as a table. README.md says how to
 * read it.
 */
import { parseArgs } from 'node:util';
import { type KafkaKind, kafkaKinds, startKafka } from './kafka.ts';
import { type Measurement, median } from './measure.ts';
import { type Scenario, scenarios } from './scenarios.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    kafka: { type: 'string', multiple: true, default: ['embedded'] },
  },
});
const events = Number(values.events);
const runs = Number(values.runs);
const names = positionals.length > 0 ? positionals : Object.keys(scenarios);

for (const kind of values.kafka) {
  if (!isKafkaKind(kind)) throw new Error(`--kafka ${kind}: there are ${kafkaKinds.join(', ')}`);
  for (const name of names) {
    const scenario = scenarios[name];
    if (scenario === undefined) throw new Error(`No scenario ${name}: there are ${Object.keys(scenarios).join(', ')}`);
    console.log(`\n### ${scenario.title}, ${kind} Kafka, ${events} events, median of ${runs}\n`);
    console.log(formatTable(await runScenario(scenario, kind)));
  }
}

async function runScenario(scenario: Scenario, kind: KafkaKind): Promise<Map<string, Measurement>> {
  await using kafka = await startKafka(kind);
  const candidates = await scenario.prepare(kafka, events);
  const measured = new Map(candidates.map(({ label }) => [label, [] as Measurement[]]));
  for (let round = 0; round < runs; round++) {
    for (const { label, measure } of candidates) measured.get(label)?.push(await measure());
  }
  return new Map([...measured].map(([label, of]) => [label, mediansOf(of)]));
}

function mediansOf(of: readonly Measurement[]): Measurement {
  type Figure = Exclude<keyof Measurement, 'services'>;
  const medianOf = (key: Figure) => median(of.map((one) => one[key]));
  const services = of.flatMap((one) => one.services ?? []);
  return {
    cpuSeconds: medianOf('cpuSeconds'),
    peakRssMiB: medianOf('peakRssMiB'),
    firstSeconds: medianOf('firstSeconds'),
    eventsPerSecond: medianOf('eventsPerSecond'),
    ...(services.length === 0
      ? {}
      : {
          services: {
            cpuSeconds: median(services.map(({ cpuSeconds }) => cpuSeconds)),
            peakRssMiB: median(services.map(({ peakRssMiB }) => peakRssMiB)),
          },
        }),
  };
}

/** The ratio is that of CPU time to the first candidate's. */
function formatTable(measured: ReadonlyMap<string, Measurement>): string {
  const [base] = measured.values();
  const perMillion = (cpuSeconds: number) => ((cpuSeconds / events) * 1e6).toFixed(2);
  const rows = [...measured].flatMap(([label, { services, ...one }]) => [
    [
      label,
      perMillion(one.cpuSeconds),
      (one.cpuSeconds / (base?.cpuSeconds ?? Number.NaN)).toFixed(2),
      Math.round(one.eventsPerSecond).toLocaleString('en'),
      one.peakRssMiB.toFixed(0),
      one.firstSeconds.toFixed(2),
    ],
    ...(services === undefined
      ? []
      : [['its services', perMillion(services.cpuSeconds), '', '', services.peakRssMiB.toFixed(0), '']]),
  ]);
  const heads = ['', 'CPU s per million', 'ratio', 'events/s', 'peak RSS MiB', 'first record s'];
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function isKafkaKind(kind: string): kind is KafkaKind {
  return (kafkaKinds as readonly string[]).includes(kind);
}
