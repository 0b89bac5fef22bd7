import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startBroker } from '../../src/embedded/kafka/index.ts';
import { type Embedded, type EmbeddedOptions, ensureEmbedded, prepareEmbedded } from '../../src/embedded/services.ts';
import { letIdleConnectionsSleep } from '../../src/runtime/kafka/kafkajs/request-queue.ts';
import { eventually } from '../helpers/eventually.ts';
import { limitedFolder, whyNoLimitedFolder } from '../helpers/limited-folder.ts';
import { collectLog } from '../helpers/log.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

letIdleConnectionsSleep();

/** Joins the services of a folder on free ports; left when the test is over. */
async function givenServices(options: Partial<EmbeddedOptions> & { readonly dataDir: string }): Promise<Embedded> {
  const services = await ensureEmbedded({
    kafka: true,
    log: collectLog().log,
    env: { CAVES_KAFKA_PORT: '0', CAVES_SNOWFLAKE_PORT: '0' },
    lingerMs: 100,
    ...options,
  });
  onTestFinished(() => services.release());
  return services;
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

const readsProc = process.platform === 'linux';
const unlessProc = readsProc ? '' : ' (skipped: needs /proc)';

/** The processes that host the services of a folder. */
const hostsOf = (dataDir: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(JSON.stringify(dataDir));
      } catch {
        return false;
      }
    })
    .map(Number);

function clientOf({ kafka }: Embedded) {
  return new Kafka({ brokers: [`${kafka?.host}:${kafka?.port}`], logLevel: logLevel.NOTHING });
}

async function topicsOf(services: Embedded): Promise<readonly string[]> {
  const admin = clientOf(services).admin();
  await admin.connect();
  try {
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

async function createTopic(services: Embedded, topic: string): Promise<void> {
  const admin = clientOf(services).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic }] });
  await admin.disconnect();
}

async function takenPort(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test.runIf(readsProc)(`services that were prepared are those that are joined${unlessProc}`, async () => {
  const dataDir = tempFolder();
  prepareEmbedded({ dataDir, env: { CAVES_KAFKA_PORT: '0', CAVES_SNOWFLAKE_PORT: '0' }, lingerMs: 100 });
  const [prepared] = hostsOf(dataDir);
  const asked = vi.fn();

  const services = await givenServices({ dataDir, onAsked: asked });

  expect(services.pid).toBe(prepared);
  expect(hostsOf(dataDir)).toEqual([prepared]);
  expect(asked).toHaveBeenCalledOnce();
});

test.runIf(process.platform === 'linux')(
  'services that were prepared end by themselves when nobody joins',
  async () => {
    const dataDir = tempFolder();
    prepareEmbedded({ dataDir, env: { CAVES_KAFKA_PORT: '0', CAVES_SNOWFLAKE_PORT: '0' }, lingerMs: 100 });
    expect(hostsOf(dataDir)).toHaveLength(1);
    await eventually(() => expect(hostsOf(dataDir)).toEqual([]));
  },
);

test('preparing says nothing of what cannot be: joining does', async () => {
  const env = { CAVES_KAFKA_PORT: 'none' };
  expect(() => prepareEmbedded({ dataDir: tempFolder(), env })).not.toThrow();
  await expect(givenServices({ dataDir: tempFolder(), env })).rejects.toThrow(/CAVES_KAFKA_PORT is 'none'/);
});

test('the broker answers a Kafka client, in a process of its own', async () => {
  const services = await givenServices({ dataDir: tempFolder() });
  expect(services.pid).not.toBe(process.pid);
  expect(services.snowflake).toBeUndefined();
  expect(await topicsOf(services)).toEqual([]);
});

test('the warehouse answers over HTTP when it is asked for', async () => {
  const services = await givenServices({ dataDir: tempFolder(), kafka: false, snowflake: true });
  expect(services.kafka).toBeUndefined();
  const answer = await fetch(`${services.snowflake?.url}/session/v1/login-request`, { method: 'POST', body: '{}' });
  expect(answer.headers.get('content-type')).toContain('json');
});

test('two workers that start at the same moment share one process', async () => {
  const dataDir = tempFolder();
  const [first, second] = await Promise.all([givenServices({ dataDir }), givenServices({ dataDir })]);
  expect(second.pid).toBe(first.pid);
  expect(second.kafka).toEqual(first.kafka);
});

test('the process ends soon after its last worker, and the data is there for the next one', async () => {
  const dataDir = tempFolder();
  const first = await givenServices({ dataDir });
  const second = await givenServices({ dataDir });
  await createTopic(first, 'kept');
  await first.release();
  expect(await topicsOf(second)).toEqual(['kept']);
  await second.release();
  await eventually(() => !isAlive(second.pid));
  const third = await givenServices({ dataDir });
  expect(third.pid).not.toBe(second.pid);
  expect(await topicsOf(third)).toEqual(['kept']);
});

test('a worker that is killed counts as gone', async () => {
  const dataDir = tempFolder();
  const program = `
    import { ensureEmbedded } from ${JSON.stringify(new URL('../../src/embedded/services.ts', import.meta.url).href)};
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const env = { CAVES_KAFKA_PORT: '0' };
    const services = await ensureEmbedded({ dataDir: ${JSON.stringify(dataDir)}, kafka: true, lingerMs: 100, log, env });
    console.log(services.pid);`;
  const worker = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(worker.stdout, 'data')) as [Buffer];
  const host = Number(line.toString());
  expect(isAlive(host)).toBe(true);
  worker.kill('SIGKILL');
  await eventually(() => !isAlive(host));
});

test('services that are killed are started again on the same ports with the same data, and the worker is told', async () => {
  const { log, lines } = collectLog();
  const services = await givenServices({ dataDir: tempFolder(), log });
  await createTopic(services, 'kept');
  const { pid, kafka } = services;
  process.kill(pid, 'SIGKILL');
  await eventually(() => services.pid !== pid);
  expect(services.kafka).toEqual(kafka);
  expect(await topicsOf(services)).toEqual(['kept']);
  expect(lines).toEqual([
    `warn: The embedded services (process ${pid}) have ended unexpectedly; starting them again with the same data`,
    `info: The embedded services are back (process ${services.pid})`,
  ]);
});

test('SIGINT, which a terminal sends to everyone, leaves the services running', async () => {
  const services = await givenServices({ dataDir: tempFolder() });
  process.kill(services.pid, 'SIGINT');
  await createTopic(services, 'after');
  expect(isAlive(services.pid)).toBe(true);
});

describe('a port that is taken', () => {
  test('by another Kafka is named, with the variable that uses it', async () => {
    await using other = await startBroker({});
    const env = { CAVES_KAFKA_PORT: `${other.port}` };
    await expect(givenServices({ dataDir: tempFolder(), env })).rejects.toThrow(
      `Another Kafka broker is on 127.0.0.1:${other.port}: set KAFKA_BROKERS=127.0.0.1:${other.port} to use it`,
    );
  });

  test('by the services of another folder names the folder and the process', async () => {
    const folder = tempFolder();
    const other = await givenServices({ dataDir: folder });
    const env = { CAVES_KAFKA_PORT: `${other.kafka?.port}` };
    await expect(givenServices({ dataDir: tempFolder(), env })).rejects.toThrow(
      `is held by the embedded services of ${folder} (process ${other.pid})`,
    );
  });

  test('by the services of another folder that nobody uses any more is waited for', async () => {
    const other = await givenServices({ dataDir: tempFolder(), lingerMs: 1000 });
    const env = { CAVES_KAFKA_PORT: `${other.kafka?.port}` };
    await other.release();
    const services = await givenServices({ dataDir: tempFolder(), env });
    expect(services.kafka).toEqual(other.kafka);
    expect(services.pid).not.toBe(other.pid);
  });

  test('by anything else names the port and the variable that moves ours', async () => {
    const port = await takenPort();
    const kafka = givenServices({ dataDir: tempFolder(), env: { CAVES_KAFKA_PORT: `${port}` } });
    await expect(kafka).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is taken by another program (it does not speak Kafka)`,
    );
    const env = { CAVES_SNOWFLAKE_PORT: `${port}` };
    const snowflake = givenServices({ dataDir: tempFolder(), kafka: false, snowflake: true, env });
    await expect(snowflake).rejects.toThrow('CAVES_SNOWFLAKE_PORT=');
  });

  test('that is no port at all is refused with its variable', async () => {
    const services = givenServices({ dataDir: tempFolder(), env: { CAVES_KAFKA_PORT: '19o92' } });
    await expect(services).rejects.toThrow("CAVES_KAFKA_PORT is '19o92', which is no port");
  });
});

describe('a data folder that cannot be used', () => {
  test('is named when a file is in its way', async () => {
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    await expect(givenServices({ dataDir: file })).rejects.toThrow(
      `cannot keep their data in ${file}: a file is in its way`,
    );
  });

  test('is named when this user may not write there', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root may write everywhere');
    const folder = tempFolder();
    chmodSync(folder, 0o500);
    await expect(givenServices({ dataDir: join(folder, 'data') })).rejects.toThrow('may not write there');
  });

  test('is named when it is on a read-only file system', async ({ skip }) => {
    await expect(givenServices({ dataDir: givenLimitedFolder('ro', skip) })).rejects.toThrow(
      'it is on a read-only file system',
    );
  });

  test('is named when the disk is full', async ({ skip }) => {
    const dataDir = givenLimitedFolder('size=8k', skip);
    writeFileSync(join(dataDir, 'filler'), Buffer.alloc(8192));
    await expect(givenServices({ dataDir })).rejects.toThrow('the disk is full');
  });
});

function givenLimitedFolder(options: string, skip: (note: string) => never): string {
  const reason = whyNoLimitedFolder();
  if (reason) skip(reason);
  const folder = limitedFolder(options);
  onTestFinished(() => folder.release());
  return folder.path;
}
