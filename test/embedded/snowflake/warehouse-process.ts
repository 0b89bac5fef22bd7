/** A warehouse that a test can kill: `node warehouse-process.ts <folder>` sends its URL to its parent. */
import { startWarehouse } from '../../../src/embedded/snowflake/index.ts';

const warehouse = await startWarehouse({ dataDir: process.argv[2] as string });
await warehouse.ready;
process.send?.(warehouse.url);
