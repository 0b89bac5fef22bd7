/** The embedded services of one test: on ports of its own, found, killed and taken away by the test. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Embedded, ensureEmbedded } from '../../src/embedded/services.ts';
import { freePortPair } from '../helpers/apache-kafka.ts';
import { collectLog } from '../helpers/log.ts';

export interface TestServices {
  /** For the processes that are to use them. */
  readonly env: Readonly<Record<string, string>>;
  /** Joins them, starting them if need be, as a worker does; whoever joined keeps them up until it releases them. */
  join(): Promise<Embedded & AsyncDisposable>;
  /** The process that hosts them. */
  pid(): Promise<number>;
  /** Ends that process as a crash does. */
  crash(): Promise<void>;
}

/** @param folder a project; the services keep their data in its `.caves` */
export async function embeddedServices(
  folder: string,
  wanted: { readonly kafka: boolean } = { kafka: true },
): Promise<TestServices> {
  const port = await freePortPair();
  const env = { CAVES_KAFKA_PORT: String(port), CAVES_SNOWFLAKE_PORT: String(port + 1) };
  const dataDir = join(folder, '.caves');
  const joinThem = async () => {
    const services = await ensureEmbedded({ ...wanted, snowflake: true, dataDir, log: collectLog().log, env });
    return Object.assign(services, { [Symbol.asyncDispose]: () => services.release() });
  };
  const pid = async () => {
    // Let go of at once: who holds the services starts them again when they die.
    await using services = await joinThem();
    return services.pid;
  };
  const crash = async () => void process.kill(await pid(), 'SIGKILL');
  onTestFinished(crash);
  return { env, join: joinThem, pid, crash };
}
