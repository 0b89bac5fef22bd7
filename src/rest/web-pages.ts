/**
 * Keeps the pages of other sites, open in a browser that reaches this worker, from using it.
 *
 * A page may send some requests anywhere without asking, such as the POST of a restart: browsers say where they come
 * from (`Sec-Fetch-Site`, or `Origin` before it), and a write from elsewhere is refused. And a page whose name was
 * pointed to 127.0.0.1 after it was loaded (DNS rebinding) counts as ours for its browser: a server that only this
 * machine reaches, and that asks for no credentials, therefore answers under names of this machine alone. Programs
 * that are no browsers send neither header and notice nothing.
 */
import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { HttpError } from './errors.ts';

const harmless: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Whether an address to listen on is one that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0 ? host.toLowerCase() === 'localhost' : loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

export interface WebPagesOptions {
  /** Where the server listens. */
  readonly host: string;
  /** `rest.allowed.hosts`. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** It asks for credentials, which a browser keeps by the name of the site. */
  readonly asksForCredentials: boolean;
}

/** An `onRequest` hook that refuses with 403 what the page of another site asks for. */
export function refuseOtherSites({ host, allowedHosts = [], asksForCredentials }: WebPagesOptions) {
  const names = new Set([host, ...allowedHosts].map((name) => name.toLowerCase()));
  const checksHost = isLoopback(host) && !asksForCredentials;

  return async ({ method, headers }: FastifyRequest): Promise<void> => {
    const called = nameIn(headers.host);
    if (checksHost && called !== undefined && !isOfThisMachine(called) && !names.has(called)) {
      throw new HttpError(
        403,
        `This worker listens on ${host} and does not go by the name ${JSON.stringify(called)}: ` +
          'add it to rest.allowed.hosts, or set rest.auth.users or rest.auth.tokens.',
      );
    }
    if (harmless.includes(method) || isOwnPage(headers)) return;
    throw new HttpError(403, `${method} from the web page of another site is refused`);
  };
}

/** Also true for what is no page. The order is that of the Fetch standard: `Origin` counts where the other is not known. */
function isOwnPage({ 'sec-fetch-site': site, origin, host }: FastifyRequest['headers']): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
}

/** The name of a Host header without its port; undefined when there is none. */
function nameIn(host: string | undefined): string | undefined {
  if (host === undefined || host === '') return undefined;
  return host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** An address, or a name that no stranger can own (RFC 6761, and `.internal`, by which containers call their host). */
const isOfThisMachine = (name: string): boolean => isIP(name) !== 0 || /(^|\.)(localhost|internal)$/.test(name);
