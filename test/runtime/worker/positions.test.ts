import { expect, test } from 'vitest';
import type { ResolvedConnector } from '../../../src/runtime/config/model.ts';
import { createAlterPositions } from '../../../src/runtime/worker/positions.ts';
import { ConfigError, defineSink, type SinkTask } from '../../../src/sdk/index.ts';
import { collectLog } from '../../helpers/log.ts';

/** Moves a position of a sink whose answer to that is `alterPositions`. */
function move(
  alterPositions: SinkTask['alterPositions'],
  { closing = new AbortController().signal, timeoutMs = 30_000 } = {},
) {
  const closed: string[] = [];
  const plugin = defineSink({
    name: 'cellar',
    version: '1.0.0',
    summary: 'Keeps positions',
    config: { properties: {} },
    open: () => ({
      ...(alterPositions && { alterPositions }),
      write: async () => undefined,
      close: () => void closed.push('closed'),
    }),
  });
  const alter = createAlterPositions({ logOf: () => collectLog().log, closing, timeoutMs });
  const connector = { name: 'wine', connector: { plugin, config: {} }, transforms: [] } as unknown as ResolvedConnector;
  return { moved: alter(connector, [{ topic: 'orders', partition: 0, next: 3n }]), closed };
}

const never = () => new Promise<never>(() => undefined);

test('a sink moves its positions and is closed', async () => {
  const asked: unknown[] = [];
  const { moved, closed } = move(async (positions) => void asked.push(...positions));
  expect(await moved).toEqual({ byPlugin: true });
  expect(asked).toEqual([{ topic: 'orders', partition: 0, next: 3n }]);
  expect(closed).toEqual(['closed']);
});

test('a sink that keeps none has none to move', async () => {
  await expect(move(undefined).moved).resolves.toEqual({ byPlugin: false });
});

test('a sink that does not answer is not waited for', async () => {
  await expect(move(never, { timeoutMs: 10 }).moved).rejects.toMatchObject({ code: 'NOT_READY' });
});

test('nor is it when the worker ends', async () => {
  const closing = new AbortController();
  const { moved } = move(never, { closing: closing.signal });
  closing.abort(new Error('the worker is closing'));
  await expect(moved).rejects.toMatchObject({ code: 'NOT_READY', message: expect.stringContaining('is closing') });
});

test('what the configuration has wrong is the fault of who asked', async () => {
  const { moved, closed } = move(async () => {
    throw new ConfigError('no such table');
  });
  await expect(moved).rejects.toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('no such table') });
  expect(closed).toEqual(['closed']);
});
