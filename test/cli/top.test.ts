import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCli } from '../helpers/cli.ts';
import { connectorOverview, overviewWith } from '../helpers/overview.ts';

/** What answers `/overview` as told, and remembers who asked. */
async function workerThatAnswers(status: number, body: unknown) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url, request.headers.authorization);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe('top', () => {
  test('prints the table once where there is no terminal', async () => {
    const { url } = await workerThatAnswers(200, overviewWith(connectorOverview('wine-sales-sink')));
    const { code, stdout } = await runCli(['top', url]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^wine-sales-sink {2}sink {2}RUNNING .*420 ms$/m);
  });

  test('prints all of it as JSON', async () => {
    const overview = overviewWith(connectorOverview('wine-sales-sink'));
    const { url } = await workerThatAnswers(200, overview);
    const { stdout } = await runCli(['top', `http://${url}/`, '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(overview)));
  });

  test('sends the credentials that it is given', async () => {
    const { url, asked } = await workerThatAnswers(200, overviewWith());
    await runCli(['top', url, '--user', 'albert:wine']);
    await runCli(['top', url], { env: { CAVES_CONNECT_TOKEN: 'secret' } });
    expect(asked).toEqual([
      '/overview',
      `Basic ${Buffer.from('albert:wine').toString('base64')}`,
      '/overview',
      'Bearer secret',
    ]);
  });

  test.each([
    [401, { error_code: 401, message: 'no' }, /wants credentials: use --user NAME:PASSWORD or --token TOKEN/],
    [429, { error_code: 429, message: 'no' }, /too many wrong log-ins: check the credentials, and try again in 60 s/],
    [404, {}, /answers 404, and not as a caves-connect worker does/],
    [200, 'hello', /answers 200, and not as/],
  ])('says in one line what to do about an answer with %d', async (status, body, words) => {
    const { url } = await workerThatAnswers(status, body);
    const { code, stderr } = await runCli(['top', url]);
    expect(code).toBe(1);
    expect(stderr).toMatch(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('names an address where nobody answers, and one that is none', async () => {
    const nobody = await runCli(['top', '127.0.0.1:9']);
    expect(nobody.stderr).toMatch(/^No worker answers at http:\/\/127\.0\.0\.1:9: is it running/);
    expect((await runCli(['top', 'http://:'])).stderr).toMatch(/is no address such as http:\/\/127\.0\.0\.1:8083/);
  });
});
