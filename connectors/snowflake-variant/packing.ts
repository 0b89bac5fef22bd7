/**
 * How a JSON array travels in a bind: compressed, where the warehouse opens it.
 *
 * The driver sends a bind as JSON within JSON, three times turned into text and never compressed (its gzip is thrown away:
 * `facts/snowflake.md` §1.2). Compressed by ZSTD and in base64 a batch of events needs an eighth of the bytes on the wire
 * and a quarter of the CPU. DECOMPRESS_STRING is documented for what COMPRESS made; that it opens any ZSTD frame is asked
 * of the warehouse, once for each task, and where it does not, arrays go as they are.
 */
import { constants, zstdCompressSync } from 'node:zlib';
import type { Logger } from 'caves-connect/sdk';
import { faultOf } from './errors.ts';
import type { Session } from './session.ts';

/** A JSON array in one bind, and the SQL expression with that bind's `?` that gives its text back. */
export interface PackedArray {
  readonly expression: string;
  readonly bind: string;
}

export type Packing = (array: Buffer) => PackedArray;

const zstdText = "DECOMPRESS_STRING(BASE64_DECODE_BINARY(?), 'ZSTD')";
/** The most that a BINARY has always held. */
const largestBinary = 8 * 1024 * 1024 - 1024;
/** The fastest level; higher ones save little on JSON for their time. */
const params = { [constants.ZSTD_c_compressionLevel]: 1 };

export const plain: Packing = (array) => ({ expression: '?', bind: array.toString('utf8') });

export const zstd: Packing = (array) => {
  const compressed = zstdCompressSync(array, { params });
  if (compressed.length > largestBinary) return plain(array);
  return { expression: zstdText, bind: compressed.toString('base64') };
};

const sample = '[{"product":"Champagne Rosé 🍾"}]';

/** The packing that the warehouse understands. Throws the driver's error when it did not answer. */
export async function choosePacking(session: Session, log: Logger, signal: AbortSignal): Promise<Packing> {
  try {
    const { rows } = await session.execute(`SELECT ${zstdText}`, [zstd(Buffer.from(sample)).bind], signal);
    if (rows[0]?.[0] === sample) return zstd;
    log.info('Snowflake reads ZSTD in another way here: batches go uncompressed');
  } catch (error) {
    if (signal.aborted || !refusals.has(faultOf(error))) throw error;
    log.info(`Snowflake does not open ZSTD here: batches go uncompressed (${(error as Error).message})`);
  }
  return plain;
}

/** What says that the statement was understood and refused. */
const refusals: ReadonlySet<ReturnType<typeof faultOf>> = new Set(['fatal', 'data', 'privilege', 'object']);
