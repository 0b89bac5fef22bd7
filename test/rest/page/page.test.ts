/**
 * The live page in a real Chromium, over a worker that runs a pipeline on embedded services: a source, a topic, a sink
 * and the dead letter queue.
 */
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launch, visit } from './browser.ts';
import { createTestPipeline, type TestPipeline } from './pipeline.ts';

const sizes = { wide: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

describe.skipIf(chromiumPath === undefined)(
  `the live page${chromiumPath ? '' : ' (skipped: there is no chromium on the PATH)'}`,
  { timeout: 90_000 },
  () => {
    let browser: Browser;
    let pipeline: TestPipeline;
    beforeAll(async () => {
      [browser, pipeline] = await Promise.all([launch(), createTestPipeline()]);
    }, 60_000);
    afterAll(async () => {
      await Promise.all([browser?.close(), pipeline?.close()]);
    });

    test('shows the pipelines from source to destination, with live numbers', async () => {
      const { page, complaints, origins } = await visit(browser, pipeline.url);
      for (const node of ['cellar-source', 'wines', 'cellar-sink', 'the cellar book', 'wines.dlq']) {
        await page.locator('.pipeline .node', { hasText: node }).first().waitFor();
      }
      await page.locator('.connection', { hasText: 'live' }).waitFor();
      const total = page.locator('.figure', { hasText: 'Rejected' }).locator('dd');
      const before = Number(await total.textContent());
      await expect.poll(async () => Number(await total.textContent()), { timeout: 20_000 }).toBeGreaterThan(before);
      expect(await page.locator('svg.lines path').count()).toBe(4);
      expect(complaints).toEqual([]);
      expect([...origins]).toEqual([new URL(pipeline.url).origin]);
    });

    test('leads to a connector, which can be paused and resumed by keyboard', async () => {
      const { page } = await visit(browser, pipeline.url);
      await page.locator('a.node', { hasText: 'cellar-sink' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'cellar-sink' }).waitFor();
      await page.getByText('connector.class').waitFor();
      await page.getByText('kafka_topic: wines').waitFor();

      await page.getByRole('button', { name: 'Pause' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('.title .badge', { hasText: 'PAUSED' }).waitFor();
      await page.getByRole('button', { name: 'Resume' }).click();
      await page.locator('.title .badge', { hasText: 'RUNNING' }).waitFor();
      expect(pipeline.state('cellar-sink')).toBe('RUNNING');
    });

    test('shows the latest records of a topic, and of the dead letter queue with the reason', async () => {
      const { page } = await visit(browser, `${pipeline.url}/#/topics/wines`);
      await page.locator('.records li').first().waitFor();
      await page.goto(`${pipeline.url}/#/topics/wines.dlq`);
      const first = page.locator('.records li', { hasText: 'VALUE_CONVERTER' }).first();
      await first.waitFor();
      await first.locator('summary').click();
      await first.getByText('__connect.errors.exception.message').waitFor();
    });

    test('shows the trace of a task that failed, and starts it again', async () => {
      pipeline.breakSink();
      const { page } = await visit(browser, `${pipeline.url}/#/connectors/cellar-sink`);
      await page.locator('pre.trace', { hasText: 'the book is full' }).waitFor();
      pipeline.mendSink();
      await page.getByRole('button', { name: 'Restart what failed' }).click();
      await page.locator('.title .badge', { hasText: 'RUNNING' }).waitFor();
    });

    test('says that the connection is lost, and goes on when it is back', async () => {
      const { page } = await visit(browser, pipeline.url);
      await page.locator('.connection', { hasText: 'live' }).waitFor();
      const start = await pipeline.stopRest();
      await page.locator('.connection', { hasText: 'connection lost' }).waitFor();
      await start();
      await page.locator('.connection', { hasText: 'live' }).waitFor();
    });

    test('shows what a connector is named as text', async () => {
      const name = '<img src=x onerror=alert(1)>';
      await pipeline.createSource(name);
      const { page, complaints } = await visit(browser, pipeline.url);
      await page.locator('a.node', { hasText: name }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await pipeline.remove(name);
      expect(complaints).toEqual([]);
    });

    describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
      test.each(Object.keys(sizes) as (keyof typeof sizes)[])('has no fault that axe-core finds, %s', async (size) => {
        const options = { colorScheme, viewport: sizes[size] };
        for (const place of ['', '#/connectors/cellar-sink', '#/topics/wines.dlq']) {
          // axe comes from outside of the page, which its content security policy would refuse.
          const { page } = await visit(browser, `${pipeline.url}/${place}`, { ...options, bypassCSP: true });
          await page.locator('h1').waitFor({ state: 'attached' });
          await page.locator('.card, .records li').first().waitFor();
          expect(await violationsOf(page), place).toEqual([]);
        }
      });

      test('does not need more width than a phone has', async () => {
        const { page } = await visit(browser, pipeline.url, { colorScheme, viewport: sizes.phone });
        await page.locator('.pipeline').waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      });
    });

    test('a worker with credentials shows the page to everybody and the rest to who has them', async () => {
      const { page } = await visit(browser, pipeline.guardedUrl);
      await page.getByRole('heading', { name: 'This worker wants credentials' }).waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.getByLabel('Bearer token').fill('secret');
      await page.keyboard.press('Enter');
      await page.locator('.connection', { hasText: 'live' }).waitFor();
    });
  },
);

async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map(({ html }) => html)
        .join(' ')
        .slice(0, 500)}`,
  );
}
