import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const module = new URL('../../../connectors/snowflake-variant/driver.ts', import.meta.url).href;

/** What a program prints that has the driver, in a process where nothing else has loaded it. */
async function printed(program: string): Promise<unknown> {
  const text = `
    import { createRequire } from 'node:module';
    import { loadDriver } from '${module}';
    const driver = await loadDriver();
    const fromDriver = createRequire(createRequire('${module}').resolve('snowflake-sdk'));
    const loaded = (part) => Object.keys(fromDriver.cache).filter((file) => file.includes(part)).length;
    ${program}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', text]);
  return JSON.parse(stdout);
}

test('the driver loads without the clients of clouds', async () => {
  const counts = await printed(`console.log(JSON.stringify({
    driver: loaded('snowflake-sdk'), azure: loaded('@azure'), google: loaded('google-auth'), jwt: loaded('jsonwebtoken') }));`);

  // Of what is deferred only the stand-ins.
  expect(counts).toEqual({ driver: expect.any(Number), azure: 1, google: 0, jwt: 1 });
});

test('what it left out is there when it is used, whole and as it would have been', async () => {
  const [signed, names, known] = (await printed(`
    const jwt = fromDriver('jsonwebtoken');
    const token = jwt.sign({ a: 1 }, 'a secret of at least thirty-two characters');
    const azure = fromDriver('./lib/authentication/auth_workload_identity/attestation_azure');
    console.log(JSON.stringify([jwt.decode(token).a, Object.keys(azure), 'getAzureAttestationToken' in azure]));`)) as [
    number,
    string[],
    boolean,
  ];

  expect(signed).toBe(1);
  expect(names).toContain('getAzureAttestationToken');
  expect(known).toBe(true);
});

test('loaded again it is the same driver', async () => {
  expect(await printed('console.log(JSON.stringify(driver === (await loadDriver())));')).toBe(true);
});
