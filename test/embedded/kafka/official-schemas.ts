/**
 * The official schemas of Kafka's requests and responses, as the jar of its Java clients has them: where
 * `peers/kafka/fetch` has put it. Read with `unzip`.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface Schema {
  readonly apiKey: number;
  readonly flexibleVersions: string;
  readonly fields: readonly Field[];
  readonly commonStructs?: ReadonlyArray<{ readonly name: string; readonly fields: readonly Field[] }>;
}

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly versions: string;
  readonly nullableVersions?: string;
  readonly tag?: number;
  readonly fields?: readonly Field[];
}

const cache = path.join(
  process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'),
  'caves-connect-peers/kafka',
);
const jar = fs.existsSync(cache) ? fs.globSync(`${cache}/*/kafka-clients-*.jar`)[0] : undefined;
const hasUnzip = spawnSync('unzip', ['-v']).error === undefined;

/** Why the schemas cannot be read; undefined when they can. */
export function whyNoSchemas(): string | undefined {
  if (jar === undefined) return `the script fetch of the peers has put no jar of Kafka's clients into ${cache}`;
  return hasUnzip ? undefined : 'there is no unzip';
}

/** The schema of a message, such as `MetadataRequest`. */
export function schemaOf(message: string): Schema {
  const { stdout } = spawnSync('unzip', ['-p', jar ?? '', `common/message/${message}.json`], { encoding: 'utf8' });
  return JSON.parse(stdout.replaceAll(/^\s*\/\/.*$/gm, ''));
}

/** Whether a range such as `0-3`, `2+` or `none` has the version. */
export function hasVersion(versions: string | undefined, version: number): boolean {
  if (versions === undefined || versions === 'none') return false;
  const [, first = '', last] = /^(\d+)(?:\+|-(\d+))?$/.exec(versions) ?? [];
  const until = versions.endsWith('+') ? Number.POSITIVE_INFINITY : Number(last ?? first);
  return version >= Number(first) && version <= until;
}

/** The fields of a struct, given in place or among the schema's common ones; undefined for other types. */
export function fieldsOf(schema: Schema, field: Field, type: string): readonly Field[] | undefined {
  return field.fields ?? schema.commonStructs?.find(({ name }) => name === type)?.fields;
}
