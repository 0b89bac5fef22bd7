/**
 * Why an embedded service did not start, in words for the person at the terminal. Known causes are told apart by the
 * system's error code, wherever in the chain of causes it stands; the rest keeps its own message.
 */
import type { Address, ServiceName } from './control.ts';
import { describePortOwner } from './port-owner.ts';

const titles: Readonly<Record<ServiceName, string>> = { kafka: 'Kafka broker', snowflake: 'warehouse' };

/** What the file system said → what it means for a data folder. */
const folderErrors: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a file is in its way',
  EEXIST: 'a file is in its way',
  ENOENT: 'its parent folder cannot be made',
};

/** The message for a data folder that cannot be used; undefined when the error is not about files. */
export function describeFolderError(error: unknown, folder: string): string | undefined {
  const reason = folderErrors[systemCode(error) ?? ''];
  if (!reason) return undefined;
  return `The embedded services cannot keep their data in ${folder}: ${reason}. Make room or change its permissions, or name another folder with data.dir in the worker's configuration.`;
}

/** The message for a service that did not start. */
export async function describeStartError(
  service: ServiceName,
  error: unknown,
  { address, folder }: { readonly address: Address; readonly folder: string },
): Promise<string> {
  if (systemCode(error) === 'EADDRINUSE') return describePortOwner(service, address);
  const own = error instanceof Error ? error.message : String(error);
  return (
    describeFolderError(error, folder) ?? `The embedded ${titles[service]} did not start: ${own.replace(/\.?$/, '.')}`
  );
}

/** The first system error code (`ENOSPC`) along the chain of causes. */
export function systemCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return code;
  }
  return undefined;
}
