/** Holds answers against the OpenAPI description: every status, media type and body that a test sees must be in it. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { startRest } from '../../src/rest/server.ts';
import { createRegistry } from '../../src/runtime/metrics/registry.ts';
import { collectLog } from '../helpers/log.ts';
import { createInMemoryConnect } from './in-memory-connect.ts';

interface Response {
  readonly content?: Readonly<Record<string, unknown>>;
}

export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>
  >;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

const unrouted = {
  type: 'object',
  properties: { error_code: { type: 'integer' }, message: { type: 'string' } },
  required: ['error_code', 'message'],
  additionalProperties: false,
};

/** Fails when an answer is not as documented. A path or method that is not documented must have been refused. */
export async function expectDocumented(seen: Seen): Promise<void> {
  const { document, ajv } = await description();
  const { method, status, type, text } = seen;
  const path = seen.path.split('?', 1)[0]?.replace(/(.)\/$/, '$1') ?? '/';
  const what = `${method} ${seen.path}: ${status} ${text}`;
  const template = Object.keys(document.paths).find((one) => pattern(one).test(path));
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = template === undefined ? undefined : document.paths[template]?.[verb];
  if (template === undefined || operation === undefined) {
    if (method === 'OPTIONS' || path.startsWith('/docs')) return;
    expect([400, 401, 403, 404, 405, 406, 413, 415], what).toContain(status);
    if (text !== '') expect(ajv.validate(unrouted, JSON.parse(text)), what).toBe(true);
    return;
  }
  const response = operation.responses[status];
  expect(response, `${what}: the status is not documented`).toBeDefined();
  if (method === 'HEAD') return;
  const [media] = Object.keys(response?.content ?? {});
  if (media === undefined) return expect(text, what).toBe('');
  expect(type?.split(';')[0], what).toBe(media);
  const pointer = ['paths', template, verb, 'responses', String(status), 'content', media, 'schema'].map(pointerOf);
  const reference = `openapi#/${pointer.join('/')}`;
  const validate = ajv.getSchema(reference) ?? ajv.compile({ $ref: reference });
  const fits = validate(media === 'application/json' ? JSON.parse(text) : text);
  expect(fits ? '' : ajv.errorsText(validate.errors), what).toBe('');
}

const pointerOf = (key: string) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
const pattern = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`);

let described: Promise<{ document: OpenApi; ajv: Ajv2020 }> | undefined;

/** The description, from a server of its own: once for a file of tests. */
export function description(): Promise<{ readonly document: OpenApi; readonly ajv: Ajv2020 }> {
  described ??= describe();
  return described;
}

async function describe() {
  const { log } = collectLog();
  const connect = createInMemoryConnect();
  const rest = await startRest({ connect, registry: createRegistry(), host: '127.0.0.1', port: 0, log });
  const document = (await (await fetch(`${rest.url}/openapi.json`)).json()) as OpenApi;
  await rest.close();
  const ajv = new Ajv2020({ strict: false, validateSchema: false });
  (addFormats as unknown as typeof addFormats.default)(ajv);
  ajv.addSchema(document, 'openapi');
  return { document, ajv };
}
