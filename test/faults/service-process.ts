/**
 * One embedded service in a process of its own, to be killed or held: `node service-process.ts broker|warehouse <port>
 * <folder>`. It says a line when it serves.
 */
import { startBroker } from '../../src/embedded/kafka/index.ts';
import { startWarehouse } from '../../src/embedded/snowflake/index.ts';

const [kind, port, dataDir = ''] = process.argv.slice(2);
if (kind === 'broker') await startBroker({ port: Number(port), dataDir });
else await (await startWarehouse({ port: Number(port), dataDir })).ready;
console.log(`${kind} serves`);
