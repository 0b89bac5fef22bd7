import { describe, expect, onTestFinished, test } from 'vitest';
import type { Broker } from '../../../src/embedded/kafka/index.ts';
import { classifyKafkaError } from '../../../src/runtime/kafka/errors.ts';
import { takeOver } from '../../../src/runtime/kafka/owned-transactions.ts';
import { openTransactions } from '../../../src/runtime/kafka/producer.ts';
import { endingsAt, hangs, producerIdOf } from '../../helpers/runtime/hanging.ts';
import { brokerForTest, clientOf, createTopic, readAll, type TestClient, textOf } from '../../helpers/runtime/kafka.ts';

const ids = Array.from({ length: 100 }, (_, n) => `writer/${n}`);
const wines = (...all: string[]) => [{ topic: 'wines', messages: all.map((value) => ({ value })) }];

async function scene() {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'wines', 100);
  return { broker, client };
}

/** The ids for one owner, let go with the test. */
async function own(client: TestClient, of: readonly string[] = ids, signal = new AbortController().signal) {
  const owned = await takeOver(client, of, { groupId: 'g', signal });
  onTestFinished(() => owned.close());
  return owned;
}

/** How often each request has come from now on. */
function requestsTo(broker: Broker): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  broker.hooks.watch({
    arrived({ api }) {
      counts[api] = (counts[api] ?? 0) + 1;
      return undefined;
    },
  });
  return counts;
}

const values = async (client: TestClient) => (await readAll(client, 'wines')).map(({ value }) => textOf(value));

describe('transactions under many ids', () => {
  test('are taken over with few requests, whoever had them before', async () => {
    const { broker, client } = await scene();
    await (await own(client)).commit('writer/7', wines('a'));
    const requests = requestsTo(broker);

    await own(client);

    // A connection begins with ApiVersions.
    expect(requests).toMatchObject({ InitProducerId: 100, DescribeTransactions: 1, DescribeProducers: 1 });
    expect(requests['ApiVersions']).toBeLessThanOrEqual(2);
    expect(requests['Metadata']).toBeLessThanOrEqual(3);
  });

  test('are made at once, over the connections of all', async () => {
    const { broker, client } = await scene();
    const owned = await own(client);
    const requests = requestsTo(broker);

    await Promise.all(ids.map((id) => owned.commit(id, wines(id))));
    await Promise.all(ids.map((id) => owned.commit(id, wines(`${id} again`))));

    expect(requests['ApiVersions'] ?? 0).toBeLessThanOrEqual(1);
    expect(requests['InitProducerId']).toBeUndefined();
    expect((await values(client)).toSorted()).toEqual(ids.flatMap((id) => [id, `${id} again`]).toSorted());
  });

  test('end what an older owner left open', async () => {
    const { client } = await scene();
    const older = client.producer({ transactionalId: 'writer/3' });
    onTestFinished(() => older.disconnect());
    await older.connect();
    const open = await older.transaction();
    await open.sendBatch({ topicMessages: wines('open') });

    await own(client);

    expect(classifyKafkaError(await open.commit().catch((error: unknown) => error))).toBe('fenced');
    expect(await values(client)).toEqual([]);
  });

  test('end what Kafka has left hanging of one of them', async () => {
    const { broker, client } = await scene();
    const older = await openTransactions(client, 'writer/3');
    await older.commit(wines('a'));
    await older.close();
    hangs(broker, 'wines', await producerIdOf(client, 'writer/3'));
    const ended = endingsAt(broker);

    await own(client);

    expect(ended).toEqual([{ committed: true, topics: ['wines'] }]);
  });

  test('wait for a coordinator that is not there yet', async () => {
    const { broker, client } = await scene();
    broker.hooks.fail({ api: 'DescribeTransactions', error: 'COORDINATOR_LOAD_IN_PROGRESS', times: 2 });
    broker.hooks.fail({ api: 'InitProducerId', error: 'CONCURRENT_TRANSACTIONS', times: 3 });

    await (await own(client)).commit('writer/0', wines('a'));

    expect(await values(client)).toEqual(['a']);
  });

  test('are refused after one whose outcome is not known, until the id is taken over anew', async () => {
    const { broker, client } = await scene();
    const owned = await own(client);
    broker.hooks.fail({ api: 'EndTxn', error: 'INVALID_TXN_STATE' });

    await expect(owned.commit('writer/0', wines('a'))).rejects.toThrow();
    await expect(owned.commit('writer/0', wines('b'))).rejects.toThrow('writer/0 has to be taken over anew');
    await owned.commit('writer/1', wines('c'));
    await (await own(client, ['writer/0'])).commit('writer/0', wines('d'));

    expect((await values(client)).toSorted()).toEqual(['c', 'd']);
  });

  test('are not taken over any further once the signal is given', async () => {
    const { broker, client } = await scene();
    const requests = requestsTo(broker);
    const abort = new AbortController();
    broker.hooks.watch({
      arrived({ api }) {
        if (api === 'InitProducerId') abort.abort(new Error('dealt anew'));
        return undefined;
      },
    });

    await expect(own(client, ids, abort.signal)).rejects.toThrow('dealt anew');

    const asked = requests['InitProducerId'] ?? 0;
    expect(asked).toBeLessThan(100);
  });
});
