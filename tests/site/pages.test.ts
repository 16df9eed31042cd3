import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chromiumPath, launch, NO_CHROMIUM } from '../browser/chromium';
import { violations } from './accessibility';
import { type Served, served } from './served';
import { filesOf, noSite, SITE } from './site';
import { nameOf, overflow, READERS, visit, withoutProgram } from './visit';

const MINUTES = 60_000;
const PAGES = ['', 'guide/idea', 'packages/core', 'api/cli/', 'methods/', 'results/', 'playground/'];
const missing = chromiumPath === undefined ? NO_CHROMIUM : noSite;
let browser: Browser;
let site: Served;

beforeAll(async () => {
  if (missing !== undefined) return;
  browser = await launch(chromiumPath!);
  site = await served(SITE);
}, 2 * MINUTES);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

describe.each(PAGES)("page '%s' of the site", (path) => {
  beforeEach(({ skip }) => {
    if (missing !== undefined) skip(missing);
  });

  it.each(READERS.map((reader) => [nameOf(reader), reader] as const))(
    'is whole, fits and is accessible (%s)',
    async (_, reader) => {
      const { page, wrong } = await visit(browser, site.url + path, reader);
      expect(await page.locator('h1').count()).toBe(1);
      expect(wrong).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expect(await violations(page)).toEqual([]);
      await page.close();
    },
    2 * MINUTES,
  );
});

describe('the site', () => {
  beforeEach(({ skip }) => {
    if (missing !== undefined) skip(missing);
  });

  it(
    'fits on a phone on every written page before its program runs',
    async () => {
      const files = filesOf(SITE, '.html').filter((file) => !file.startsWith('api/'));
      const wider: string[] = [];
      await withoutProgram(
        browser,
        files.map((file) => site.url + file),
        READERS.at(-1)!,
        async (page, url) => {
          const more = await overflow(page);
          if (more > 0) wider.push(`${url}: ${more} px`);
        },
      );
      expect(files.length).toBeGreaterThan(PAGES.length);
      expect(wider).toEqual([]);
    },
    3 * MINUTES,
  );

  it(
    'leads from the home page to each door by a click, without a load',
    async () => {
      const { page, wrong } = await visit(browser, site.url, READERS[0]!);
      for (const [name, path] of [
        ['the idea', '/guide/idea'],
        ['the playground', '/playground/'],
        ['every method', '/methods/'],
        ['results', '/results/'],
      ] as const) {
        await page.goto(site.url);
        await page.locator('.doors').getByRole('link', { name, exact: true }).click();
        await expect.poll(() => new URL(page.url()).pathname).toBe(path);
      }
      expect(wrong).toEqual([]);
      await page.close();
    },
    MINUTES,
  );

  it(
    'finds a page by its words',
    async () => {
      const { page } = await visit(browser, `${site.url}guide/idea`, READERS[0]!);
      const box = page.getByRole('searchbox');
      // Keys are not heard before the page's program runs.
      await expect
        .poll(
          async () => {
            await page.keyboard.press('/');
            return box.isVisible();
          },
          { interval: 500, timeout: 60_000 },
        )
        .toBe(true);
      await box.fill('reparameterize');
      await page.locator('.results a[href*="admin-init"]').first().waitFor();
      await page.close();
    },
    MINUTES,
  );

  it(
    "shows the theme's own picture, whatever the system's is",
    async () => {
      const { page } = await visit(browser, site.url, READERS[0]!);
      const shown = () => page.locator('.figure img:visible').getAttribute('src');
      expect(await shown()).not.toContain('dark');
      await page.evaluate(() => document.documentElement.classList.add('dark'));
      expect(await shown()).toContain('dark');
      await page.close();
    },
    MINUTES,
  );
});
