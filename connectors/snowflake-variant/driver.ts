/**
 * Loads the official driver, and keeps it from what it does on its own: asking cloud metadata addresses, telemetry of
 * the connection, log files and lines.
 *
 * Of the modules that it loads, four in ten are for what a sink seldom does or never: files in Azure's storage, tokens of
 * three clouds, key pairs. They load when they are first used, so that a worker is ready 0.2 s earlier.
 */
import { createRequire, Module } from 'node:module';

/** Seen from the driver. It takes their members when it calls them, not when it loads. */
const seldomUsed: readonly string[] = [
  '@azure/storage-blob',
  'jsonwebtoken',
  './lib/authentication/auth_workload_identity/attestation_aws',
  './lib/authentication/auth_workload_identity/attestation_azure',
  './lib/authentication/auth_workload_identity/attestation_gcp',
];

/** The same driver each time. */
export async function loadDriver(): Promise<typeof import('snowflake-sdk')> {
  // The driver reads these when it is loaded.
  process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] ??= 'true';
  process.env['SNOWFLAKE_DISABLE_MINICORE'] ??= '1';
  process.env['SF_TELEMETRY_DISABLE_CONNECTION_SHAPE'] ??= '1';
  const fromDriver = createRequire(createRequire(import.meta.url).resolve('snowflake-sdk'));
  for (const id of seldomUsed) loadAtFirstUse(fromDriver, id);
  const { default: driver } = await import('snowflake-sdk');
  driver.configure({ logLevel: 'OFF', logFilePath: 'STDOUT', additionalLogToConsole: false });
  return driver;
}

/** Puts a stand-in where Node looks for the module, unless it is loaded already or a driver has no such module. */
function loadAtFirstUse(require: NodeJS.Require, id: string): void {
  const file = resolved(require, id);
  if (file === undefined || require.cache[file] !== undefined) return;
  let exports: object | undefined;
  const load = (): object => {
    if (exports === undefined) {
      delete require.cache[file];
      exports = require(file) as object;
    }
    return exports;
  };
  const standIn = new Proxy(
    {},
    {
      get: (_, name) => Reflect.get(load(), name),
      has: (_, name) => Reflect.has(load(), name),
      ownKeys: () => Reflect.ownKeys(load()),
      getOwnPropertyDescriptor(_, name) {
        const own = Reflect.getOwnPropertyDescriptor(load(), name);
        return own && { ...own, configurable: true };
      },
    },
  );
  require.cache[file] = Object.assign(new Module(file), { exports: standIn, filename: file, loaded: true });
}

function resolved(require: NodeJS.Require, id: string): string | undefined {
  try {
    return require.resolve(id);
  } catch {
    return undefined;
  }
}
