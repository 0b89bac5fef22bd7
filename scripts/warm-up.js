/**
 * Run by `npm ci` in a checkout (`prepare`): loads what a start needs, so that Node keeps it compiled in its compile
 * cache and the first start takes no longer than the next, a second less. It starts nothing. Whatever goes wrong here
 * costs that second and nothing else.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';

const parts = [
  // The worker's process.
  'src/cli/main.ts',
  'src/cli/load-checked.ts',
  'src/cli/launch.ts',
  'src/cli/parts.ts',
  'src/cli/stop-signals.ts',
  'src/cli/terminal.ts',
  'src/runtime/worker/worker.ts',
  'src/rest/server.ts',
  'connectors/wine-sales-generator/index.ts',
  'connectors/dlq/index.ts',
  // That of the embedded services.
  'src/embedded/services.ts',
  'src/embedded/host.ts',
  'src/embedded/kafka/index.ts',
  'src/embedded/snowflake/index.ts',
];

async function load() {
  const { default: sink } = await import('../connectors/snowflake-variant/index.ts');
  await Promise.all([
    sink.preload(),
    import('@duckdb/node-api'),
    ...parts.map((path) => import(new URL(`../${path}`, import.meta.url).href)),
  ]);
}

try {
  enableCompileCache();
  await load();
  flushCompileCache();
} catch {
  // Node is too old, say: whoever starts the program is told.
}
process.exit(0);
