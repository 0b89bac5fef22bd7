/** What a client of REST may try: bodies, headers, names, paths and references that were made to hurt or to pry. */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startRest } from '../../src/rest/server.ts';
import { createReferences } from '../../src/runtime/config/references.ts';
import { createLogger, type LogEntry } from '../../src/runtime/log.ts';
import { createPluginRegistry } from '../../src/runtime/plugins/registry.ts';
import { brokerForTest } from '../helpers/runtime/kafka.ts';
import { workerForTest } from '../helpers/runtime/worker.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const timeout = 90_000;
const reference = (of: string) => `$\{${of}}`;
const source = { 'connector.class': 'wine-sales-generator', topic: 'sales', 'max.events': '0' };

/** A worker with its REST API; REST may read variables `KAFKA_*` and files below `allowed`. */
async function givenRest() {
  const broker = await brokerForTest();
  const folder = tempFolder();
  const allowed = join(tempFolder(), 'plugins');
  mkdirSync(allowed);
  const env = { PATH: '/usr/bin', HOME: '/root', KAFKA_TOPIC: 'sales' };
  const plugins = createPluginRegistry({ folder, pluginPath: [allowed] });
  const references = createReferences({ env, folder, folders: [folder], restFolders: [allowed], restEnv: ['KAFKA_*'] });
  const worker = workerForTest({ broker, plugins, references });
  await worker.ready;
  const log: LogEntry[] = [];
  const rest = await startRest({
    connect: worker,
    registry: worker.metrics,
    host: '127.0.0.1',
    port: 0,
    log: createLogger((entry) => log.push(entry), 'rest'),
  } as Parameters<typeof startRest>[0]);
  onTestFinished(() => rest.close());
  async function ask(method: string, path: string, body?: unknown) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const init = body === undefined ? {} : { body: text, headers: { 'content-type': 'application/json' } };
    const answer = await fetch(rest.url + path, { method, ...init });
    return `${answer.status} ${await answer.text()}`;
  }
  const create = (config: object, name = 'wine') => ask('POST', '/connectors', { name, config });
  return { folder, allowed, rest, ask, create, log, worker };
}

describe('a body', () => {
  test('that is a bomb is refused in words', { timeout }, async () => {
    const { ask, log } = await givenRest();
    const config = (text: string) =>
      `{"name":"wine","config":{"connector.class":"wine-sales-generator","topic":${text}}}`;
    const bombs: readonly (readonly [string, RegExp])[] = [
      [config('['.repeat(100_000) + ']'.repeat(100_000)), /^400 .*nested (more than 64 levels deep|too deeply)/],
      [
        config(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
        /^400 .*nested (more than 64 levels deep|too deeply)/,
      ],
      ['['.repeat(900_000), /^400 .*(not JSON|nested)/],
      [config(`"${'x'.repeat(5_000_000)}"`), /^413 .*larger than the 1048576 bytes that are taken/],
      ['{"name":"wine","config":{"__proto__":{"polluted":"yes"}}}', /^400 .*__proto__/],
      ['{"__proto__":{"polluted":"yes"},"name":"wine","config":{}}', /^400 .*__proto__/],
      [
        '{"name":"wine","config":{"connector.class":"wine-sales-generator","constructor":"x"}}',
        /^400 .*\\"constructor\\" is not allowed/,
      ],
      [
        '{"name":"wine","config":{"connector.class":"wine-sales-generator","prototype":{"polluted":1}}}',
        /^400 .*\\"prototype\\" is not allowed/,
      ],
      [config('1e400'), /^400 .*too large to be kept exactly/],
      [`\ufeff${config('"sales"')}x`, /^400 .*not JSON/],
      [
        String.raw`{"name":"a\ud800","config":{"connector.class":"wine-sales-generator"}}`,
        /^400 .*half of a surrogate pair/,
      ],
    ];
    for (const [body, answer] of bombs)
      expect(await ask('POST', '/connectors', body), body.slice(0, 80)).toMatch(answer);
    expect('polluted' in {}).toBe(false);
    expect(await ask('GET', '/connectors')).toBe('200 []');
    expect(log).toEqual([]);
  });

  test('with a reference that a client may not make is refused with the way out', { timeout }, async () => {
    const { create, ask, folder, allowed } = await givenRest();
    writeFileSync(join(folder, 'secret.json'), '{"x":"the secret"}');
    symlinkSync('/etc', join(allowed, 'link'));
    const pried: readonly (readonly [string, RegExp])[] = [
      [
        reference('env:PATH'),
        /a REST client may not read this variable; config\.env\.allow of the worker lists KAFKA_\*/,
      ],
      [reference('env:HOME:-x'), /config\.env\.allow/],
      [
        reference('file:/etc/passwd:x'),
        /a REST client may not read this file; config\.file\.allow of the worker lists \//,
      ],
      [reference('file:secret.json:x'), /config\.file\.allow/],
      [reference(`file:${allowed}/../../etc/passwd`), /config\.file\.allow/],
      [reference(`file:${allowed}/link/passwd:root`), /config\.file\.allow/],
      [`a${reference('env:KAFKA_TOPIC')}b${reference('env:PATH')}`, /config\.env\.allow/],
    ];
    for (const [topic, reason] of pried) {
      const answer = await create({ ...source, topic });
      expect(answer, topic).toMatch(/^400 /);
      expect(answer).toMatch(reason);
      expect(answer).not.toMatch(/\/usr\/bin|root:|the secret/);
      const verdict = await ask('PUT', '/connector-plugins/wine-sales-generator/config/validate', {
        ...source,
        name: 'wine',
        topic,
      });
      expect(verdict, topic).toMatch(/^200 /);
      expect(verdict).toMatch(reason);
    }
  });

  test('that names a file, an address or a module as its plugin gets no code loaded', { timeout }, async () => {
    const { create, ask, folder, allowed, worker } = await givenRest();
    for (const place of [folder, join(allowed, '..')]) {
      writeFileSync(join(place, 'evil.ts'), "globalThis.evil = 'loaded';");
    }
    const plugins = [
      '../../../etc/passwd',
      '/etc/passwd',
      './evil.ts',
      join(folder, 'evil.ts'),
      join(allowed, '../evil.ts'),
      'file:///etc/passwd',
      'data:text/javascript,globalThis.evil=1',
      'http://127.0.0.1:1/x.js',
      'node:fs',
      'fastify',
      '__proto__',
      'constructor',
      '..%2f..%2fevil.ts',
      '',
    ];
    for (const plugin of plugins) {
      const path = `/connector-plugins/${encodeURIComponent(plugin)}/config`;
      expect(await create({ 'connector.class': plugin }), plugin).toMatch(/^400 /);
      expect(await ask('PUT', `${path}/validate`, { name: 'x' }), plugin).toMatch(/^(200|400|404) /);
      expect(await ask('GET', path), plugin).toMatch(/^404 /);
    }
    expect('evil' in globalThis).toBe(false);
    expect(worker.connectors()).toEqual([]);
  });
});

describe('the name of a connector', () => {
  test('that can be had can be read, counted and deleted, and is a name and nothing else', { timeout }, async () => {
    const { create, ask, rest, worker, folder } = await givenRest();
    const names = [
      '__proto__',
      'constructor',
      'toString',
      `"quoted'; DROP TABLE x; --`,
      'é🍷',
      'a\u2028b',
      '%2F..%2f',
      '.hidden',
      '{}',
      '$&',
      '-',
      '*',
      'x'.repeat(255),
    ];
    for (const name of names) expect(await create(source, name), name).toMatch(/^201 /);
    expect(worker.connectors().toSorted()).toEqual(names.toSorted());
    for (const name of names) {
      const path = `/connectors/${encodeURIComponent(name)}`;
      expect(JSON.parse((await ask('GET', path)).slice(4)), name).toMatchObject({ name, config: { name } });
      expect(await ask('GET', `${path}/status`), name).toMatch(/^200 /);
      expect(await ask('GET', `${path}/offsets`), name).toMatch(/^200 /);
    }
    expect(Object.keys(JSON.parse((await ask('GET', '/connectors?expand=status')).slice(4))).toSorted()).toEqual(
      names.toSorted(),
    );
    // A label's value ends where it should: each line is a name, labels and a number.
    const metrics = await (await fetch(`${rest.url}/metrics`)).text();
    for (const line of metrics.split('\n')) expect(line).toMatch(/^(#.*|\w+(\{(\w+="(?:[^"\\\n]|\\.)*",?)*\})? \S+|)$/);
    for (const name of names)
      expect(await ask('DELETE', `/connectors/${encodeURIComponent(name)}`), name).toMatch(/^204 /);
    expect(readdirSync(folder)).toEqual([]);
    expect('polluted' in {}).toBe(false);
  });

  test('that no URL, group or line could carry is refused', { timeout }, async () => {
    const { create, worker } = await givenRest();
    const names = [
      '..',
      '.',
      'a/b',
      '../../etc',
      'a\nb',
      'a\r\nX-Header: b',
      'a\u0000',
      '\u001b[2J',
      'x'.repeat(256),
      ' ',
    ];
    for (const name of names) expect(await create(source, name), name).toMatch(/^400 .*String (may not|must)/);
    expect(worker.connectors()).toEqual([]);
  });
});

describe('a request', () => {
  /** What a server answers to bytes. */
  function answerTo(url: string, bytes: string): Promise<string> {
    const { port } = new URL(url);
    return new Promise((resolve) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
      socket.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', () => undefined).on('close', () => resolve(text));
    });
  }

  test('with a bomb for headers is cut off, and the next one is answered', { timeout }, async () => {
    const { rest, ask } = await givenRest();
    const bombs: readonly (readonly [string, RegExp])[] = [
      [`X: ${'x'.repeat(1_000_000)}`, /^HTTP\/1\.1 431 .*16 KB/s],
      [Array.from({ length: 50_000 }, (_, i) => `X-${i}: y`).join('\r\n'), /^HTTP\/1\.1 431 .*16 KB/s],
      [`Cookie: ${'a=b; '.repeat(100_000)}`, /^HTTP\/1\.1 431 .*16 KB/s],
      ['X: \u0000\u0001', /^HTTP\/1\.1 400 .*no HTTP request/s],
      ['Content-Length: 5\r\nContent-Length: 6', /^HTTP\/1\.1 400 .*no HTTP request/s],
      ['Content-Length: 5\r\nTransfer-Encoding: chunked', /^HTTP\/1\.1 400 .*no HTTP request/s],
    ];
    for (const [bomb, expected] of bombs) {
      const answer = await answerTo(rest.url, `POST /connectors HTTP/1.1\r\nHost: x\r\n${bomb}\r\n\r\n`);
      // A client that is still writing may find the connection closed before it reads.
      if (answer !== '') expect(answer, bomb.slice(0, 40)).toMatch(expected);
      expect(await ask('GET', '/connectors')).toBe('200 []');
    }
  });
});
