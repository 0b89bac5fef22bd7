/** The cases against our REST API alone: a worker in memory is behind it. */
import { startRest } from '../../../src/rest/server.ts';
import { createRegistry } from '../../../src/runtime/metrics/registry.ts';
import { collectLog } from '../../helpers/log.ts';
import { createInMemoryConnect } from '../../rest/in-memory-connect.ts';
import type { Plugins } from './model.ts';
import { replay } from './replay.ts';

const source = { 'connector.class': 'wine-sales-generator', 'tasks.max': '1', topic: 'orders' };

const plugins: Plugins = {
  source,
  sink: { 'connector.class': 'snowflake-variant', 'tasks.max': '1', topics: 'orders' },
  taskFails: { ...source, mock_mode: 'task-failure' },
  connectorFails: { ...source, mock_mode: 'connector-failure' },
  place: { partition: { partition: '0' }, offset: { n: 16 }, further: { n: 32 } },
  transform: 'mask',
  optional: 'batch.size',
  text: 'file',
  logger: 'connect.worker',
};

replay({
  name: 'our REST API over a worker in memory',
  plugins,
  isKafkaConnect: false,
  async start() {
    const connect = createInMemoryConnect();
    const { log } = collectLog();
    const rest = await startRest({ connect, registry: createRegistry(), host: '127.0.0.1', port: 0, log });
    return { url: rest.url, stop: () => rest.close() };
  },
});
