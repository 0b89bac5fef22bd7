import { expect, onTestFinished, test } from 'vitest';
import { openStateLog } from '../../../src/runtime/cluster/state-log.ts';
import { createLogger } from '../../../src/runtime/log.ts';
import { brokerForTest, clientOf, createTopic, readAll, textOf } from '../../helpers/runtime/kafka.ts';

/** A log of the topic `state`, closed with the test, and what is in the topic. */
async function scene() {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'state');
  const log = await openStateLog({
    client,
    topics: ['state'],
    groupId: 'g',
    workerId: 'w',
    log: createLogger(() => undefined, 'test'),
    onRecord: () => undefined,
  });
  onTestFinished(() => log.close());
  const append = (text: string) => log.append('state', 0, `k-${text}`, text);
  const written = async () => (await readAll(client, 'state')).map(({ value }) => textOf(value));
  return { broker, log, append, written };
}

test('what is appended after a record whose answers were lost is in the log as well', async () => {
  const { broker, append, written } = await scene();
  await append('zero');
  const hook = broker.hooks.cut({ api: 'Produce', when: 'after', times: 1_000 });
  const one = append('one');
  const two = append('two');
  await expect(one).rejects.toThrow();
  hook.remove();
  await two;
  await append('three');

  expect(await written()).toEqual(['zero', 'one', 'two', 'three']);
});

test('a barrier is passed although a record before it failed', async () => {
  const { broker, log, append, written } = await scene();
  const hook = broker.hooks.fail({ api: 'Produce', error: 'INVALID_RECORD', times: 1_000 });
  await expect(append('one')).rejects.toThrow();
  hook.remove();

  await log.barrier('state', 0);

  expect(await written()).toHaveLength(1);
});
