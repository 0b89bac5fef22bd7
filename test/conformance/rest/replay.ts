/**
 * Replays the cases against a worker, in their order, since each builds on those before. A GET is asked again until it
 * is answered as expected, since what was ordered takes time; so is whatever a rebalance refuses.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../helpers/eventually.ts';
import { sectionsFor } from './cases.ts';
import { differences } from './differences.ts';
import type { Answer, Case, Expected, Plugins } from './model.ts';

const patience = { timeout: 20_000, interval: 50 };
/** Kafka Connect gives up on what Kafka does not answer after 90 s. */
const longestAnswerMs = 120_000;

export interface Side {
  readonly name: string;
  readonly plugins: Plugins;
  /** Of Kafka Connect itself the list of differences is turned round. */
  readonly worker: 'ours' | 'distributed' | 'standalone';
  start(): Promise<RunningSide>;
}

export interface RunningSide {
  readonly url: string;
  stopKafka(): Promise<void>;
  stop(): Promise<void>;
}

/** Defines the tests of a side; `skipped` is the reason why there are none here. */
export function replay(side: Side, skipped?: string): void {
  const ours = new Map(
    differences.flatMap(({ because, answers }) =>
      Object.entries(answers).map(([what, answer]) => [what, { because, ...answer }] as const),
    ),
  );
  const isReplayed = (section: string) =>
    side.worker === 'ours' || (section === 'standalone') === (side.worker === 'standalone');

  describe.skipIf(skipped !== undefined)(`${side.name}${skipped === undefined ? '' : ` (skipped: ${skipped})`}`, () => {
    let starting: Promise<RunningSide> | undefined;
    let running: RunningSide | undefined;
    beforeAll(async () => {
      starting = side.start();
      running = await starting;
    }, 240_000);
    // Also what was too slow to start is not left behind.
    afterAll(async () => (await starting?.catch(() => undefined))?.stop(), 120_000);

    for (const { name, cases, withoutKafka } of sectionsFor(side.plugins)) {
      if (!isReplayed(name)) continue;
      describe(name, () => {
        if (withoutKafka) beforeAll(async () => running?.stopKafka(), 60_000);

        test.each(cases)(
          '$what: $request',
          async (one) => {
            const difference = ours.get(one.what);
            const { url = '' } = running ?? {};
            if (side.worker === 'ours') {
              await answerTo(url, one, difference ?? one);
            } else {
              const given = await answerTo(url, one, one);
              if (difference !== undefined) expect(faultsOf(given, difference), difference.because).not.toEqual([]);
            }
          },
          withoutKafka ? longestAnswerMs : 2 * patience.timeout,
        );
      });
    }
  });
}

interface Given {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends until the answer is the expected one, or fails with what is wrong with the last. */
async function answerTo(url: string, one: Case, expected: Answer): Promise<Given> {
  return eventually(async () => {
    const given = await send(url, one);
    const again = one.request.startsWith('GET ') || (given.status === 409 && given.text.includes('rebalance'));
    const faults = faultsOf(given, expected);
    if (faults.length === 0 || !again) return { given, faults };
    throw new Error(`${one.what}: ${faults.join('; ')}`);
  }, patience).then(({ given, faults }) => {
    expect(faults, `${one.request}: ${given.status} ${given.text}`).toEqual([]);
    return given;
  });
}

async function send(url: string, { request, send: body, with: own }: Case): Promise<Given> {
  const [method = '', path = ''] = request.split(' ');
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const bodiless = method === 'GET' || method === 'HEAD';
  const headers = own ?? (bodiless ? {} : { 'content-type': 'application/json' });
  // Bytes, not text: fetch would give text a content type where a case has none.
  const bytes = text === undefined ? {} : { body: new TextEncoder().encode(text) };
  const response = await fetch(url + path, { method, headers, ...bytes });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** What is not as expected; nothing when all is. */
function faultsOf({ status, headers, text }: Given, expected: Answer): readonly string[] {
  const faults: string[] = [];
  if (status !== expected.status) faults.push(`status ${status}, not ${expected.status}`);
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    const given = headers.get(name) ?? '';
    if (typeof value === 'string' ? given !== value : !value.test(given)) faults.push(`${name} ${given}, not ${value}`);
  }
  const { body } = expected;
  if (body === undefined) return faults;
  if (body === '') return text === '' ? faults : [...faults, `a body: ${text}`];
  const json = parse(text);
  if (typeof body !== 'string' && !(body instanceof RegExp)) {
    return has(json, body) ? faults : [...faults, `${text} without ${shown(body)}`];
  }
  const { error_code: code, message = '' } = Object(json) as { error_code?: unknown; message?: string };
  if (code !== expected.status) faults.push(`error_code ${code}, not ${expected.status}`);
  if (typeof body === 'string' ? message !== body : !body.test(message)) faults.push(`message ${message}, not ${body}`);
  return faults;
}

const shown = (body: Expected): string =>
  JSON.stringify(body, (_, value) => (typeof value === 'function' || value instanceof RegExp ? `${value}` : value));

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether JSON has at least what is asked: keys of objects, entries of lists; a pattern fits text, a function anything. */
function has(json: unknown, asked: unknown): boolean {
  if (typeof asked === 'function') return asked(json) === true;
  if (asked instanceof RegExp) return typeof json === 'string' && asked.test(json);
  if (Array.isArray(asked)) {
    if (!Array.isArray(json)) return false;
    return asked.length === 0 ? json.length === 0 : asked.every((part) => json.some((one) => has(one, part)));
  }
  if (typeof asked !== 'object' || asked === null) return isDeepStrictEqual(json, asked);
  if (typeof json !== 'object' || json === null) return false;
  const parts = Object.entries(asked);
  if (parts.length === 0) return !Array.isArray(json);
  return parts.every(([key, part]) => has((json as Record<string, unknown>)[key], part));
}
