/** The brokers that the suite runs on, and how a case says that one of them differs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { startBroker } from '../../../src/embedded/kafka/index.ts';
import { startApacheKafka } from '../../helpers/apache-kafka.ts';

export type SubjectName = 'embedded' | 'apache';

/** A broker that runs. */
export interface Running {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A broker that can be started for the suite. */
export interface Implementation {
  readonly name: SubjectName;
  start(): Promise<Running>;
}

/** The broker under test, as the cases see it: where it is can be asked for once a test runs. */
export type Subject = Pick<Implementation, 'name'> & Pick<Running, 'host' | 'port'>;

export const embedded: Implementation = { name: 'embedded', start: () => startBroker() };

/** Apache Kafka by the peers' scripts, patient with nobody: its waits are made as short as tests want them. */
export function apache(peers: string): Implementation {
  return {
    name: 'apache',
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'caves-conformance-'));
      const broker = await startApacheKafka(peers, folder, {
        'group.min.session.timeout.ms': '10',
        'group.initial.rebalance.delay.ms': '0',
        'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100',
      });
      return {
        host: '127.0.0.1',
        port: broker.port,
        async close() {
          await broker.stop();
          rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
        },
      };
    },
  };
}

/** A `test` that is skipped on the brokers that differ here, and says why. */
export function testUnless(
  subject: Subject,
  reasons: { readonly [name in SubjectName]?: string },
): (sentence: string, run: () => Promise<void>) => void {
  const reason = reasons[subject.name];
  return (sentence, run) => {
    if (reason === undefined) test(sentence, run);
    else test.skip(`${sentence} (not here: ${reason})`, run);
  };
}
