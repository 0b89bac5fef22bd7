/**
 * Serves the live page: its own files, type annotations taken out on the way, and the two libraries that it draws with.
 * Everything comes out of this process and holds nothing of the worker: data it asks for as any client, with credentials
 * where the worker wants them.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { routerError } from './errors.ts';
import { filterWarnings } from './warnings.ts';

interface Asset {
  readonly body: string;
  readonly type: string;
  readonly etag: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

const require = createRequire(import.meta.url);
/** `.ts` in a checkout, `.js` in the published package. */
const codeExtension = extname(import.meta.url);
const ownFolder = fileURLToPath(new URL('./page/', import.meta.url));
const libraries: Readonly<Record<string, string>> = {
  'lit-html': folderOf('lit-html'),
  uplot: join(folderOf('uplot'), 'dist'),
};

/** A package's folder; what it exports to Node may lie deeper. */
function folderOf(name: string): string {
  const entry = require.resolve(name);
  const folder = join('node_modules', name);
  return entry.slice(0, entry.lastIndexOf(folder) + folder.length);
}

/** A file by its path below `page/`: names and folders of letters, no way out of them. */
const pathPattern = /^(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)*\.(?:js|css|svg|html)$/;

/** Whether whoever asks is a browser that wants a page, and no client of the API. */
export function wantsPage({ method, headers: { accept = '' } }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && /^text\/html\b|,\s*text\/html\b/.test(accept);
}

export function pageRoutes(app: FastifyInstance): void {
  app.get<{ Params: { '*': string } }>(
    '/page/*',
    { config: { produces: 'anything', isPublic: () => true } },
    async (request, reply) => {
      const asset = await assetOf(request.params['*']);
      if (asset === undefined) throw routerError(404);
      return answer(request, reply, asset);
    },
  );
}

/** The page itself, for the route of `/`. */
export async function sendPage(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const asset = await assetOf('index.html');
  if (asset === undefined) throw routerError(404);
  reply.header('content-security-policy', policyOf(asset.body));
  return answer(request, reply, asset);
}

function answer(request: FastifyRequest, reply: FastifyReply, { body, type, etag }: Asset): FastifyReply {
  reply.headers({
    etag,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    // The address of the page is also one of the API.
    vary: 'accept',
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type(type).send(body);
}

/** Nothing from elsewhere, nothing inline but the import map, and nobody's frame. */
function policyOf(page: string): string {
  const [, importMap = ''] = /<script type="importmap">([\s\S]*?)<\/script>/.exec(page) ?? [];
  const hash = createHash('sha256').update(importMap).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const assets = new Map<string, Promise<Asset | undefined>>();

/** Read once; undefined when there is none of that name. */
function assetOf(path: string): Promise<Asset | undefined> {
  if (!pathPattern.test(path)) return Promise.resolve(undefined);
  const known = assets.get(path) ?? readAsset(path);
  assets.set(path, known);
  known.then((asset) => asset ?? assets.delete(path)).catch(() => assets.delete(path));
  return known;
}

async function readAsset(path: string): Promise<Asset | undefined> {
  try {
    const body = await textOf(path);
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    return { body, type: types[extname(path)] ?? 'text/plain', etag };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function textOf(path: string): Promise<string> {
  const [folder = '', ...rest] = path.split('/');
  const library = Object.hasOwn(libraries, folder) ? libraries[folder] : undefined;
  if (library !== undefined) return readFile(join(library, ...rest), 'utf8');
  if (extname(path) !== '.js') return readFile(join(ownFolder, path), 'utf8');
  const code = await readFile(join(ownFolder, path.replace(/\.js$/, codeExtension)), 'utf8');
  return codeExtension === '.ts' ? withoutTypes(code) : code;
}

async function withoutTypes(code: string): Promise<string> {
  filterWarnings();
  const { stripTypeScriptTypes } = await import('node:module');
  // In a browser a module is asked for by the name that its server gives it.
  return stripTypeScriptTypes(code).replace(/(\bfrom '\.[^']*)\.ts'/g, "$1.js'");
}
