/** A real Chromium for a test file, where this machine has one. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** Debian's, or the one that CAVES_CHROMIUM names; undefined where there is none. */
export const chromiumPath: string | undefined =
  process.env['CAVES_CHROMIUM'] ??
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
    .find((path) => existsSync(path));

/** What a test knows of a page beside what it shows. */
export interface Visit {
  readonly page: Page;
  /** Errors of scripts, failed requests, and complaints of the content security policy. */
  readonly complaints: readonly string[];
  /** The origins that were asked for anything. */
  readonly origins: ReadonlySet<string>;
}

export const launch = (): Promise<Browser> =>
  // CI runs as root, for whom Chromium has no sandbox; it sees no page but ours.
  chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox'] });

/** Opens an address; the page closes with the test. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const origins = new Set<string>();
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  await page.goto(url);
  return { page, complaints, origins };
}
