/**
 * What Kafka does, as clients see it: one suite for the embedded broker and for Apache Kafka, so that the one is held
 * to the other. A case uses topics, groups and transactional ids of its own, through kafkajs, and by single requests
 * where kafkajs cannot say it. Where the two differ on purpose, the case says why (`testUnless`).
 *
 * Left out: what is no client's business (files, memory, fault hooks); see test/embedded/kafka.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { kafkaOf } from '../../embedded/kafka/clients.ts';
import { eventually } from '../../helpers/eventually.ts';
import { changingTopics } from './cases/changing-topics.ts';
import { configs } from './cases/configs.ts';
import { creatingTopics } from './cases/creating-topics.ts';
import { fetching } from './cases/fetching.ts';
import { groupAdmin } from './cases/group-admin.ts';
import { groupOffsets } from './cases/group-offsets.ts';
import { idempotence } from './cases/idempotence.ts';
import { isolation } from './cases/isolation.ts';
import { joiningGroups } from './cases/joining-groups.ts';
import { kafkajsAdmin } from './cases/kafkajs-admin.ts';
import { models } from './cases/models.ts';
import { offsetsByTime } from './cases/offsets-by-time.ts';
import { producerIdentity } from './cases/producer-identity.ts';
import { producing } from './cases/producing.ts';
import { rebalances } from './cases/rebalances.ts';
import { staticMembers } from './cases/static-members.ts';
import { transactionalOffsets } from './cases/transactional-offsets.ts';
import { transactions } from './cases/transactions.ts';
import { versions } from './cases/versions.ts';
import type { Implementation, Running, Subject } from './subject.ts';

const areas: ReadonlyArray<(subject: Subject) => void> = [
  creatingTopics,
  changingTopics,
  configs,
  producing,
  idempotence,
  fetching,
  offsetsByTime,
  isolation,
  joiningGroups,
  rebalances,
  staticMembers,
  groupOffsets,
  groupAdmin,
  producerIdentity,
  transactions,
  transactionalOffsets,
  kafkajsAdmin,
  versions,
  models,
];

/** Runs the whole suite on a broker of its own. */
export function conformance(implementation: Implementation): void {
  describe(`Kafka, ${implementation.name}`, () => {
    let running: Running | undefined;
    const now = (): Running => {
      if (running === undefined) throw new Error('The broker is started before the first test, and not earlier');
      return running;
    };
    const subject: Subject = {
      name: implementation.name,
      get host() {
        return now().host;
      },
      get port() {
        return now().port;
      },
    };
    beforeAll(async () => {
      running = await implementation.start();
      await warmUp(subject);
    });
    afterAll(() => running?.close());
    for (const area of areas) area(subject);
  });
}

/** Apache Kafka makes its coordinators' topics when they are first asked for, and refuses for a moment until then. */
async function warmUp(subject: Subject): Promise<void> {
  const kafka = kafkaOf(subject);
  const admin = kafka.admin();
  const producer = kafka.producer({ transactionalId: 'warm-up', maxInFlightRequests: 1, idempotent: true });
  await Promise.all([admin.connect(), producer.connect()]);
  await eventually(() => admin.fetchOffsets({ groupId: 'warm-up' }));
  await eventually(async () => (await producer.transaction()).abort());
  await Promise.all([admin.disconnect(), producer.disconnect()]);
}
