import { describe, expect, test } from 'vitest';
import { Reader } from '../../../../src/embedded/kafka/wire/reader.ts';
import { skipTags } from '../../../../src/embedded/kafka/wire/tags.ts';
import { type Answer, apiNamed, encodeRequest, openSocket, readFrame } from '../../../embedded/kafka/wire-client.ts';
import { newName } from '../names.ts';
import { newTopic } from '../requests.ts';
import { nobody, samples } from '../samples.ts';
import type { Subject } from '../subject.ts';

export function versions(subject: Subject): void {
  /** Asks once, and takes care that the answer is read to its last byte. */
  async function ask(name: string, version: number, request: object): Promise<Answer> {
    const api = apiNamed(name);
    const socket = await openSocket(subject);
    const frame = readFrame(socket);
    socket.write(encodeRequest(name, version, request));
    const reader = new Reader(await frame);
    reader.int32();
    const flexible = api.isFlexible(version);
    if (flexible && name !== 'ApiVersions') skipTags(reader);
    const answer = api.response.read(reader, { version, flexible });
    expect(reader.remaining, 'bytes behind the answer').toBe(0);
    return answer;
  }

  describe('all versions of a request are understood, and answered in their own form:', () => {
    test.each(samples)('$api', async ({ api, request, answer }) => {
      const [oldest, newest] = apiNamed(api).versions;
      // Apache Kafka lists Produce 0 to 2 for librdkafka's sake, and serves them no more.
      const topic = await newTopic(subject);
      for (let version = api === 'Produce' ? 3 : oldest; version <= newest; version++) {
        expect(await ask(api, version, request(topic)), `version ${version}`).toMatchObject(answer(topic));
      }
    });
  });

  describe('ApiVersions', () => {
    test('lists the versions of each request', async () => {
      const { apiKeys } = await ask('ApiVersions', 4, { clientSoftwareName: 'tests', clientSoftwareVersion: '1.0' });
      const served = new Map(
        apiKeys.map(({ apiKey, minVersion, maxVersion }: Answer) => [apiKey, [minVersion, maxVersion]]),
      );
      for (const { api } of samples) {
        const { key, versions: ours } = apiNamed(api);
        const [oldest, newest] = (served.get(key) ?? []) as number[];
        expect(oldest, api).toBeLessThanOrEqual(ours[0]);
        expect(newest, api).toBeGreaterThanOrEqual(ours[1]);
      }
    });

    test('answers a version that is too new with its list in the oldest form, and goes on', async () => {
      const socket = await openSocket(subject);
      const tooNew = encodeRequest('ApiVersions', 4, { clientSoftwareName: 'tests', clientSoftwareVersion: '1.0' });
      tooNew.writeInt16BE(99, 6);
      const frame = readFrame(socket);
      socket.write(tooNew);
      const reader = new Reader(await frame);
      reader.int32();
      const answer = apiNamed('ApiVersions').response.read(reader, { version: 0, flexible: false });
      expect(answer.errorCode).toBe(35);
      expect(answer.apiKeys.map(({ apiKey }: Answer) => apiKey)).toContain(18);
      const next = readFrame(socket);
      socket.write(encodeRequest('ApiVersions', 0, {}));
      expect((await next).readInt32BE(0)).toBe(77);
    });

    test('refuses a client without a name, or with an odd one', async () => {
      for (const clientSoftwareName of ['', '-tests', 'tests!']) {
        const answer = await ask('ApiVersions', 3, { clientSoftwareName, clientSoftwareVersion: '1.0' });
        expect(answer.errorCode, clientSoftwareName).toBe(42);
      }
    });
  });

  test('answers come in the order of their requests, although the first has to wait', async () => {
    const topic = await newTopic(subject);
    const socket = await openSocket(subject);
    const fetch = encodeRequest('Fetch', 12, {
      replicaId: -1,
      maxWaitMs: 300,
      minBytes: 1,
      maxBytes: 1000,
      isolationLevel: 0,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
    });
    const behind = encodeRequest('ApiVersions', 0, {});
    fetch.writeInt32BE(1, 8);
    behind.writeInt32BE(2, 8);
    const first = readFrame(socket);
    socket.write(Buffer.concat([fetch, behind]));
    expect((await first).readInt32BE(0)).toBe(1);
  });

  test('a connection that says what nobody understands is closed', async () => {
    for (const spoil of [
      (bytes: Buffer) => bytes.writeInt32BE(-1, 0),
      (bytes: Buffer) => bytes.writeInt16BE(999, 4),
      (bytes: Buffer) => bytes.writeInt16BE(99, 6),
    ]) {
      const socket = await openSocket(subject);
      const bytes = encodeRequest('Heartbeat', 0, { groupId: newName('group'), ...nobody });
      spoil(bytes);
      const answer = readFrame(socket);
      socket.write(bytes);
      await expect(answer).rejects.toThrow('closed');
    }
  });
}
