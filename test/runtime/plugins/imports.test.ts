import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plugins, project, registryUrl, runScript } from '../config/fixtures.ts';

const sdkUrl = new URL('../../../src/sdk/index.ts', import.meta.url).href;

test('a plugin file far from any install gets the running copy of the SDK, without a word on the terminal', async () => {
  const folder = await project({
    'package.json': '{}',
    'p.ts': `import * as sdk from 'caves-connect/sdk';\n(globalThis as { sdk?: unknown }).sdk = sdk;\n${plugins['counter.ts']}`,
  });
  const { stdout, stderr } = await runScript(
    folder,
    `const { createPluginRegistry } = await import(${JSON.stringify(registryUrl)});
     const plugin = await createPluginRegistry().load('./p.ts');
     console.log(plugin.name, globalThis.sdk === await import(${JSON.stringify(sdkUrl)}));`,
  );
  expect(stderr).toBe('');
  expect(stdout).toBe('counter true\n');
});

test('the same in a worker thread', async () => {
  const folder = await project({ 'package.json': '{}', 'p.ts': plugins['counter.ts'] ?? '' });
  const { stdout, stderr } = await runScript(
    folder,
    `import { Worker } from 'node:worker_threads';
     const text = \`import(${JSON.stringify(registryUrl)}).then(async ({ createPluginRegistry }) =>
       console.log((await createPluginRegistry({ folder: ${JSON.stringify(folder)} }).load('./p.ts')).name))\`;
     new Worker(text, { eval: true });`,
  );
  expect(stderr).toBe('');
  expect(stdout).toBe('counter\n');
});

test('a sink’s packages do not load for a source', async () => {
  const folder = await project({ 'package.json': '{}' });
  const { stdout } = await runScript(
    folder,
    `import { registerHooks } from 'node:module';
     const urls = [];
     registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
     const { createPluginRegistry } = await import(${JSON.stringify(registryUrl)});
     const registry = createPluginRegistry();
     await registry.load('wine-sales-generator');
     console.log(urls.some((url) => url.includes('snowflake')), urls.some((url) => url.includes('wine-sales')));`,
  );
  expect(stdout).toBe('false true\n');
});

test('listing all plugins loads neither the driver of Snowflake nor DuckDB', async () => {
  const folder = await project({ 'package.json': '{}' });
  const { stdout } = await runScript(
    folder,
    `import { registerHooks } from 'node:module';
     const urls = [];
     registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
     const { createPluginRegistry } = await import(${JSON.stringify(registryUrl)});
     const registry = createPluginRegistry();
     const faults = await registry.discover();
     console.log(faults.length, registry.list().map((it) => it.class).join(), urls.some((url) => /snowflake-sdk|duckdb/.test(url)));`,
  );
  expect(stdout).toMatch(/^0 dlq,.*false\n$/);
});

test('a package of another project is found from that project', async () => {
  const folder = await project({
    'app/node_modules/pkg/package.json': '{"name":"pkg","type":"module","exports":"./i.js"}',
    'app/node_modules/pkg/i.js': `import { defineTransform } from 'caves-connect/sdk';
export default defineTransform({ name: 'pkg', version: '1', summary: 's', config: { properties: {} }, open: () => ({ apply: (it) => it }) });`,
  });
  const { stdout } = await runScript(
    folder,
    `const { createPluginRegistry } = await import(${JSON.stringify(registryUrl)});
     console.log((await createPluginRegistry().load('pkg', ${JSON.stringify(join(folder, 'app'))})).kind);`,
  );
  expect(stdout).toBe('transform\n');
});
