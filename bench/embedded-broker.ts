/** The embedded broker in a process of its own, as `start` has it: its data in the folder of the first argument. */
import { startBroker } from '../src/embedded/kafka/index.ts';

const [, , dataDir = ''] = process.argv;
const broker = await startBroker({ dataDir });
process.send?.(broker.port);
process.on('SIGTERM', () => broker.close().then(() => process.exit(0)));
