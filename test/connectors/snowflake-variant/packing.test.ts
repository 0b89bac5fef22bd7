import { randomBytes } from 'node:crypto';
import { constants, deflateSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SinkConfig } from '../../../connectors/snowflake-variant/config.ts';
import { choosePacking, plain, zstd } from '../../../connectors/snowflake-variant/packing.ts';
import { openSession, type Session } from '../../../connectors/snowflake-variant/session.ts';
import { useWarehouse } from './warehouse.ts';

const { signal } = new AbortController();
const array = Buffer.from('[{"product":"Champagne Rosé 🍾","price":18.50}]');

/** What a task logs, and a warehouse that answers the question whether it opens ZSTD in its own way. */
function scene(answer: Session['execute']) {
  const lines: string[] = [];
  const note = (line: string) => void lines.push(line);
  const log = { debug: note, info: note, warn: note, error: note };
  const session = { execute: answer } as unknown as Session;
  return { lines, choose: () => choosePacking(session, log, signal) };
}

describe('an array on its way to Snowflake', () => {
  test('is its own text where it goes plain', () => {
    expect(plain(array)).toEqual({ expression: '?', bind: array.toString() });
  });

  test('comes back from ZSTD byte for byte', () => {
    const { bind } = zstd(array);
    expect(zstdDecompressSync(Buffer.from(bind, 'base64'))).toEqual(array);
  });

  test('goes plain when it would not fit into a BINARY', () => {
    // Random bytes as base64: no compressor makes it smaller than 6 bits a character.
    const random = (bytes: number) => randomBytes(bytes).toString('base64');
    expect(zstd(Buffer.from(random(9_000_000))).expression).toBe('?');
    expect(zstd(Buffer.from(random(1_000_000))).expression).not.toBe('?');
  });

  test('goes plain, and the log says why, where the warehouse does not know the function', async () => {
    const { lines, choose } = scene(async () => {
      throw Object.assign(new Error('Unknown function DECOMPRESS_STRING'), { code: '002140', sqlState: '42601' });
    });
    expect(await choose()).toBe(plain);
    expect(lines).toEqual([expect.stringMatching(/batches go uncompressed \(Unknown function DECOMPRESS_STRING\)/)]);
  });

  test('goes plain where the warehouse reads the sample as something else', async () => {
    const { choose } = scene(async () => ({ columns: [], rows: [['[{"product":"Champagne Ros? ?"}]']], affected: 0 }));
    expect(await choose()).toBe(plain);
  });

  test('is decided later when the warehouse does not answer', async () => {
    const { choose } = scene(async () => {
      throw Object.assign(new Error('network'), { code: 401001 });
    });
    await expect(choose()).rejects.toThrow('network');
  });
});

describe('the embedded warehouse', () => {
  const warehouse = useWarehouse();
  let session: Session;
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const ask = async (sql: string, bind: string) => (await session.execute(sql, [bind], signal)).rows[0]?.[0];

  beforeAll(async () => {
    session = await openSession(warehouse.config() as unknown as SinkConfig, { queryTag: 'test', log: quiet }, signal);
  });
  afterAll(() => session.close());

  test('opens ZSTD', async () => {
    expect(await choosePacking(session, quiet, signal)).toBe(zstd);
  });

  test('opens ZLIB, whatever level is named', async () => {
    const bind = deflateSync(array, { level: constants.Z_BEST_COMPRESSION }).toString('base64');
    for (const method of ['ZLIB', 'zlib', 'Zlib(9)']) {
      expect(await ask(`SELECT DECOMPRESS_STRING(BASE64_DECODE_BINARY(?), '${method}')`, bind)).toBe(`${array}`);
    }
  });

  test('refuses what is not compressed, and what it has no method for, with the reason', async () => {
    const open = (method: string) => `SELECT DECOMPRESS_STRING(BASE64_DECODE_BINARY(?), '${method}')`;
    await expect(ask(open('ZSTD'), array.toString('base64'))).rejects.toThrow(/The data is no ZSTD within base64/);
    const cut = deflateSync(array).subarray(0, -6).toString('base64');
    await expect(ask(open('ZLIB'), cut)).rejects.toThrow(/The data is no ZLIB within base64/);
    await expect(ask(open('BZ2'), '')).rejects.toThrow(/decompresses ZLIB and ZSTD, not 'BZ2'/);
    await expect(ask('SELECT DECOMPRESS_STRING(?, 1, 2)', '')).rejects.toThrow(/too many arguments/);
  });

  test('refuses what would be longer than any VARCHAR', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(17 * 1024 * 1024, ' ')).toString('base64');
    const asked = ask("SELECT LENGTH(DECOMPRESS_STRING(BASE64_DECODE_BINARY(?), 'ZSTD'))", bomb);
    await expect(asked).rejects.toThrow(/The data is no ZSTD/);
  });

  test('flattens a compressed array as it does a plain one', async () => {
    const values = Buffer.from(JSON.stringify(Array.from({ length: 3 }, (_, n) => ({ n, name: `Rosé ${n}` }))));
    for (const pack of [plain, zstd]) {
      const { expression, bind } = pack(values);
      const { rows } = await session.execute(
        `SELECT value:n::INTEGER, value:name::VARCHAR FROM TABLE(FLATTEN(INPUT => PARSE_JSON(${expression}))) ORDER BY 1`,
        [bind],
        signal,
      );
      expect(rows).toEqual([
        ['0', 'Rosé 0'],
        ['1', 'Rosé 1'],
        ['2', 'Rosé 2'],
      ]);
    }
  });
});
