import { expect, test } from 'vitest';
import type { KafkaConnection } from '../../../src/runtime/kafka/client.ts';
import { createHealth } from '../../../src/runtime/worker/health.ts';
import { brokerForTest } from '../../helpers/runtime/kafka.ts';
import { registryOf } from '../../helpers/runtime/plugins.ts';
import { workerForTest } from '../../helpers/runtime/worker.ts';

function connection(): KafkaConnection & { readonly heard: readonly string[] } {
  const heard: string[] = [];
  return {
    reachable: true,
    up: () => void heard.push('up'),
    failed: () => void heard.push('failed'),
    silent: () => {},
    heard,
  };
}

const never = () => new Promise<never>(() => undefined);

test('a worker that has not started yet asks nobody', async () => {
  const { check, known } = createHealth({ isReady: () => false, connection: connection(), ask: never });
  expect(await check()).toEqual({ status: 'starting', message: 'Worker is still starting up.' });
  expect(known().status).toBe('starting');
});

test('what Kafka answers or not is what all others hear of it', async () => {
  const heard = connection();
  const answers = [async () => 'the end', async () => Promise.reject(new Error('gone'))];
  const { check } = createHealth({ isReady: () => true, connection: heard, ask: async () => answers.shift()?.() });
  expect((await check()).status).toBe('healthy');
  expect((await check()).status).toBe('unhealthy');
  expect(heard.heard).toEqual(['up', 'failed']);
});

test('who does not answer in time is unhealthy since the question, which is asked once', async () => {
  const answer = Promise.withResolvers<void>();
  let asked = 0;
  const ask = () => {
    asked += 1;
    return answer.promise;
  };
  const { check } = createHealth({ isReady: () => true, connection: connection(), ask, timeoutMs: 5 });
  const [first, second] = await Promise.all([check(), check()]);
  const third = await check();
  expect(first).toMatchObject({
    status: 'unhealthy',
    message: expect.stringMatching(/^Worker was unable .* The worker is currently asking .*, which began at 20.*Z\.$/),
  });
  expect([second, third]).toEqual([first, first]);
  expect(asked).toBe(1);

  answer.resolve();
  expect((await check()).status).toBe('healthy');
});

test('a broker that takes connections and answers nothing, like one that is frozen, is found by asking', async () => {
  const broker = await brokerForTest();
  const worker = workerForTest({ broker, plugins: registryOf() });
  await worker.ready;
  expect((await worker.checkHealth()).status).toBe('healthy');

  const frozen = broker.hooks.delay({ api: 'ListOffsets', ms: 15_000 });
  expect(await worker.checkHealth()).toMatchObject({ status: 'unhealthy' });
  expect(frozen.hits).toBe(1);
  // Nobody has failed yet: whoever asked still waits.
  expect(worker.health().status).toBe('healthy');
});
