/** A worker with a source and a sink of what it writes, for tests of what may be asked of both. */
import { expect } from 'vitest';
import type { Connect } from '../../../src/runtime/connect.ts';
import { eventually } from '../eventually.ts';
import { brokerForTest, clientOf } from './kafka.ts';
import { numbersSource } from './numbers-source.ts';
import { perfectDestination } from './perfect-destination.ts';
import { registryOf } from './plugins.ts';
import { workerForTest } from './worker.ts';

const quick = { 'task.isolation': 'none', 'errors.retry.delay.max.ms': '50' };
const sourceConfig = { ...quick, 'connector.class': 'numbers', 'transaction.linger.ms': '5' };
export const sinkConfig = { ...quick, 'connector.class': 'perfect', topics: 'numbers', 'batch.linger.ms': '20' };

/** `src`, a source of twenty numbers, and `snk`, a sink of them, both settled. */
export async function sourceAndSink() {
  const broker = await brokerForTest();
  const source = numbersSource({ topic: 'numbers', count: 20, partitions: ['a', 'b'] });
  const destination = perfectDestination();
  const plugins = registryOf(source.plugin, destination.plugin);
  const start = async () => {
    const worker = workerForTest({ broker, plugins });
    await worker.ready;
    return worker;
  };
  const worker = await start();
  await worker.put('src', sourceConfig);
  await worker.put('snk', sinkConfig);
  await worker.idle();
  return { broker, client: clientOf(broker), source, destination, worker, start };
}

export const stop = async (worker: Connect, name: string) => {
  await worker.setTargetState(name, 'STOPPED');
  await eventually(() => expect(worker.status(name).connector.state).toBe('STOPPED'));
};
export const resume = async (worker: Connect, name: string) => {
  await worker.setTargetState(name, 'STARTED');
  await eventually(() => expect(worker.status(name).connector.state).toBe('RUNNING'));
};
