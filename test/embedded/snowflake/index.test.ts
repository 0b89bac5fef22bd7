import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startWarehouse } from '../../../src/embedded/snowflake/index.ts';
import { connect } from './driver.ts';

describe('a warehouse', () => {
  test('listens before DuckDB is loaded, and has a login wait for it', async () => {
    await using warehouse = await startWarehouse();
    let ready = false;
    const whenReady = warehouse.ready.then(() => {
      ready = true;
    });
    expect(ready).toBe(false);
    const client = await connect(warehouse);
    expect(await client.run('SELECT 1 AS A')).toEqual([{ A: 1 }]);
    await whenReady;
    expect(ready).toBe(true);
  });

  test('says where it is and what it is', async () => {
    await using warehouse = await startWarehouse();
    expect(warehouse.url).toBe(`http://${warehouse.host}:${warehouse.port}`);
    expect(await (await fetch(warehouse.url)).json()).toEqual({
      service: 'caves-connect embedded warehouse',
      account: 'embedded',
    });
  });

  test('does not start where the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(startWarehouse({ port })).rejects.toThrow('EADDRINUSE');
    taken.close();
  });

  test('can be closed twice, while it opens, and with a statement under way', async () => {
    const opening = await startWarehouse();
    await opening.close();
    await opening.close();

    const busy = await startWarehouse();
    const client = await connect(busy);
    const running = client.errorOf('CALL SYSTEM$WAIT(60)');
    await expect.poll(() => busy.hooks.statements.at(-1)).toBe('CALL SYSTEM$WAIT(60)');
    await Promise.all([busy.close(), busy.close()]);
    // Its connection went with the port; the driver would try for a while to find another one.
    client.connection.destroy(() => {});
    running.catch(() => undefined);
  });

  test('keeps its own data in memory when it has no folder', async () => {
    await using first = await startWarehouse();
    await (await connect(first)).run('CREATE DATABASE D');
    await using second = await startWarehouse();
    expect(await (await connect(second)).run('SHOW DATABASES')).toEqual([]);
  });

  test('has the user that it is given, with the password', async () => {
    await using warehouse = await startWarehouse({ user: 'albert', password: 'cellar' });
    await connect(warehouse, { username: 'ALBERT', password: 'cellar' });
    await expect(connect(warehouse)).rejects.toMatchObject({ code: '390100' });
  });
});
