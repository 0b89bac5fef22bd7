import { expect, onTestFinished, test } from 'vitest';
import { heldBackBy } from '../../../src/runtime/kafka/held-back.ts';
import { openTransactions } from '../../../src/runtime/kafka/producer.ts';
import { hangs, producerIdOf } from '../../helpers/runtime/hanging.ts';
import { brokerForTest, clientOf, createTopic } from '../../helpers/runtime/kafka.ts';

async function scene() {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'wines', 2);
  return { broker, client };
}

test('a partition with an open transaction is held back by the id that has it open', async () => {
  const { client } = await scene();
  const producer = client.producer({ transactionalId: 'slow' });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  const transaction = await producer.transaction();
  await transaction.send({ topic: 'wines', messages: [{ value: 'open', partition: 1 }] });

  expect(await heldBackBy(client, { topic: 'wines', partition: 1 })).toMatch(
    /^wines-1 is held back by a transaction of slow \(producer id \d+\), open since offset 0 and \d{4}-[^;]+Z$/,
  );
  expect(await heldBackBy(client, { topic: 'wines', partition: 0 })).toBeUndefined();
  await transaction.commit();
  expect(await heldBackBy(client, { topic: 'wines', partition: 1 })).toBeUndefined();
});

test('what holds a partition back without a transaction that could end is named with the way out', async () => {
  const { broker, client } = await scene();
  const producer = await openTransactions(client, 'writer');
  await producer.commit([{ topic: 'wines', messages: [{ value: 'a', partition: 0 }] }]);
  await producer.close();
  hangs(broker, 'wines', await producerIdOf(client, 'writer'));

  expect(await heldBackBy(client, { topic: 'wines', partition: 0 })).toMatch(
    /writer \(producer id \d+\).*it hangs, end it with kafka-transactions\.sh .* --topic wines --partition 0 --start-offset 0$/,
  );
});

test('nothing is said of a topic that is not there, nor of a Kafka that does not answer', async () => {
  const { broker, client } = await scene();

  expect(await heldBackBy(client, { topic: 'beers', partition: 0 })).toBeUndefined();
  await broker.close();
  expect(await heldBackBy(client, { topic: 'wines', partition: 0 })).toBeUndefined();
});
