/**
 * A worker in a process of its own, to be held: `node zombie-process.ts <brokers> <group.id> <connectors as JSON>`. To the
 * broker it is the client `zombie`; it tells its parent the statuses of its connectors, again and again.
 */
import { createPluginRegistry } from '../../src/runtime/plugins/registry.ts';
import { startWorker } from '../../src/runtime/worker/worker.ts';
import { noReferences, workerSettings } from '../helpers/runtime/worker-settings.ts';

const [brokers = '', groupId = '', connectors = '{}'] = process.argv.slice(2);
const [host = '', port = ''] = brokers.split(':');
const kafka = { brokers: [brokers], clientId: 'zombie', ssl: false };
const worker = startWorker({
  settings: workerSettings({ host, port: Number(port) }, { groupId, kafka }),
  plugins: createPluginRegistry(),
  references: noReferences,
  write: ({ time, level, scope, message }) => {
    if (level !== 'debug') console.log(time, scope, message);
  },
});
await worker.ready;
for (const [name, config] of Object.entries(JSON.parse(connectors) as Record<string, Record<string, string>>)) {
  await worker.put(name, config, { fromFile: { folder: import.meta.dirname } });
}
setInterval(() => process.send?.(worker.connectors().map((name) => worker.status(name))), 100);
