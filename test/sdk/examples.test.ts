/**
 * Runs every `@example` of the SDK and of the test kit. What an example prints must be what the comment behind the
 * `console.log` says; an example that begins with `throw` must throw what it says.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { format } from 'node:util';
import * as sdk from 'caves-connect/sdk';
import * as testing from 'caves-connect/testing';
import { describe, expect, test } from 'vitest';
import dlq from '../../connectors/dlq/index.ts';

interface Example {
  readonly place: string;
  readonly code: string;
}

function examplesOf(folder: string): readonly Example[] {
  const root = new URL(`../../src/${folder}/`, import.meta.url);
  return readdirSync(root).flatMap((file) => {
    const source = readFileSync(new URL(file, root), 'utf8');
    return [...source.matchAll(/\* @example\n((?:\s*\*(?!\/).*\n)+)/g)].map((match) => ({
      place: `${folder}/${file}:${source.slice(0, match.index).split('\n').length}`,
      code: (match[1] ?? '').replaceAll(/^\s*\* ?/gm, ''),
    }));
  });
}

/** Runs an example with the SDK, the kit and `scope` in reach. Answers its default export and what it printed. */
async function run(code: string, scope: Readonly<Record<string, unknown>> = {}) {
  const printed: string[] = [];
  const names = {
    ...sdk,
    ...testing,
    ...scope,
    console: { log: (...values: unknown[]) => void printed.push(format(...values)) },
  };
  const body = stripTypeScriptTypes(code.replace('export default ', 'exported = '));
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const example = AsyncFunction(...Object.keys(names), `let exported; ${body}\nreturn exported;`);
  return { exported: (await example(...Object.values(names))) as unknown, printed };
}

const examples = ['sdk', 'testing'].flatMap(examplesOf);

/** The plugin that an example of the SDK exports, by its name. */
async function pluginOf<P>(name: string): Promise<P> {
  const example = examples.find(({ code }) => code.includes(`name: '${name}'`));
  return (await run(example?.code ?? '')).exported as P;
}

describe('the examples of the documentation', () => {
  test('are found', () => {
    expect(examples.length).toBeGreaterThan(12);
  });

  test.each(examples.filter(({ code }) => !code.includes('startEmbedded')))('$place runs', async ({ code }) => {
    const scope = {
      dlq,
      counter: await pluginOf('counter'),
      consoleSink: await pluginOf('console'),
      reroute: await pluginOf('reroute'),
    };
    const thrown = /^throw new (\w+)/.exec(code)?.[1];
    if (thrown !== undefined) {
      await expect(run(code, scope)).rejects.toHaveProperty('name', thrown);
      return;
    }
    const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);
    expect((await run(code, scope)).printed).toEqual(promised);
  });

  test('show a source that keeps its contract', async () => {
    const counter = await pluginOf<sdk.SourcePlugin>('counter');
    expect((await testing.checkSource(counter, { config: { topic: 'numbers' } })).passed.length).toBeGreaterThan(5);
  });

  test('show an error handler that answers records', async () => {
    const morgue = await pluginOf<sdk.ErrorHandlerPlugin>('morgue');
    const [record] = await testing.handleRejected(morgue, { rejected: [testing.rejectedRecord('{')] });
    expect(record).toMatchObject({ topic: 'morgue', headers: [['reason', 'rejected by a test']] });
  });
});
