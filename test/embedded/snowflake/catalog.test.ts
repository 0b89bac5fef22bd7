import { expect, test } from 'vitest';
import { createCatalog } from '../../../src/embedded/snowflake/catalog.ts';

test('a catalog that could not be read once is read again', async () => {
  let full = true;
  const catalog = createCatalog({
    async run() {
      if (full) throw new Error('Out of Memory Error: no room');
      return { names: [], types: [], columns: [], rowCount: 0, rowsChanged: 0 };
    },
    close() {},
  });
  await expect(catalog.contents()).rejects.toThrow('no room');
  full = false;
  expect(await catalog.contents()).toMatchObject({ databases: [] });
  expect(catalog.contents()).toBe(catalog.contents());
});
