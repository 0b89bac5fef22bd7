import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadFile } from '../../src/runtime/config/load.ts';

const folder = fileURLToPath(new URL('../../configs/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

describe('the configurations that come with the project', () => {
  test.each(files)(
    '%s has nothing to complain about, with and without the variables of a real account',
    async (file) => {
      const account = {
        KAFKA_BROKERS: 'localhost:19092',
        KAFKA_TOPIC_NAME: 'sales',
        SNOWFLAKE_ACCOUNT: 'your_account.region',
        SNOWFLAKE_USER: 'your_username',
        SNOWFLAKE_PASSWORD: 'your_password',
        SNOWFLAKE_WAREHOUSE: 'COMPUTE_WH',
        SNOWFLAKE_DATABASE: 'WINE_SALES_DB',
        SNOWFLAKE_SCHEMA: 'RAW_DATA',
      };
      for (const env of [{}, account]) {
        const { lints, connectors } = await loadFile(folder + file, { env });
        expect(lints).toEqual([]);
        expect(connectors.length).toBeGreaterThan(0);
      }
    },
  );

  test('are the whole and its two halves', () => {
    expect(files.sort()).toEqual(['wine-sink.yaml', 'wine-source.yaml', 'wine.yaml']);
  });

  test('run the same connectors, whole or in halves', async () => {
    const connectorsOf = async (file: string) => (await loadFile(folder + file, { env: {} })).connectors;
    const halves = [...(await connectorsOf('wine-source.yaml')), ...(await connectorsOf('wine-sink.yaml'))];
    expect(halves).toEqual(await connectorsOf('wine.yaml'));
  });
});
