/** A broker in a process of its own, to be killed: `node broker-process.ts <folder> <port>`; says its port in a line. */

import { startBroker } from '../../../src/embedded/kafka/index.ts';

const [dataDir = '', port = '0'] = process.argv.slice(2);
const broker = await startBroker({ dataDir, port: Number(port), log: (line) => console.error(line) });
console.log(broker.port);
