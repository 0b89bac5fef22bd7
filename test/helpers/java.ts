/**
 * Java programs over Apache Kafka's own libraries: compiled into a folder of their own, with the jars that the script
 * `fetch` of the peers (`CAVES_PEERS` names their folder) has put into its cache.
 */
import { execFile, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { peersFolder } from './apache-kafka.ts';

const run = promisify(execFile);

/** The folder of Kafka's jars, or why there is none that can be used. */
export type KafkaJars = { readonly folder: string } | { readonly missing: string };

export function kafkaJars(): KafkaJars {
  const peers = peersFolder();
  if (peers === undefined) return { missing: 'CAVES_PEERS names no folder with the scripts of Apache Kafka' };
  if (spawnSync('javac', ['-version']).error !== undefined) return { missing: 'there is no Java compiler (javac)' };
  const { status, stdout, stderr } = spawnSync(join(peers, 'fetch'), { encoding: 'utf8' });
  return status === 0 ? { folder: stdout.trim() } : { missing: `no jars of Apache Kafka: ${stderr.trim()}` };
}

/** Compiles all sources of a folder into the folder `classes`; the command that runs the class `main`. */
export async function compileJava(
  jars: string,
  sources: string,
  classes: string,
  main: string,
): Promise<{ readonly command: string; readonly args: readonly string[] }> {
  const libraries = join(jars, '*');
  await run('javac', ['-nowarn', '-cp', libraries, '-d', classes, ...globSync(join(sources, '*.java'))]);
  const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m'];
  return {
    command: 'java',
    args: [...quickStart, '-Dlog4j2.level=OFF', '-cp', [classes, libraries].join(delimiter), main],
  };
}
