import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Served, served } from '../../packages/cli/testing/server';
import { chromiumPath, launch, NO_CHROMIUM } from './chromium';

let browser: Browser | undefined;
let here: Served | undefined;

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  browser = await launch(chromiumPath);
  here = await served({ maxCharacters: 100 }, ['small', 'other']);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
});

describe('the page of steadyformer serve', () => {
  beforeEach(({ skip }) => {
    if (chromiumPath === undefined) skip(NO_CHROMIUM);
  });

  it.each([
    ['light', 1280, 800],
    ['dark', 390, 844],
  ] as const)('translates what is typed, by keys alone (%s, %d x %d)', async (colorScheme, width, height) => {
    const page = await browser!.newPage({ colorScheme, viewport: { width, height } });
    const [wrong, asked]: [string[], string[]] = [[], []];
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') wrong.push(message.text());
    });
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(here!.url);
    // The text has the focus from the start, which a browser gives as it first paints.
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('text');
    await page.keyboard.type('small words');
    await page.keyboard.press('Enter');
    await page.keyboard.type('a test');
    expect(await page.getByLabel('Text').inputValue()).toBe('small words\na test');
    await page.keyboard.press('Control+Enter');
    await page.getByText(/^Done in [\d.]+ s$/).waitFor();
    const shown = await page.getByRole('region', { name: 'Translation' }).textContent();
    // A browser keeps no body of a stream: what it was told is asked for once more.
    const beam = Number(await page.getByLabel('Beam').inputValue());
    const response = await fetch(`${here!.url}/translate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'small words\na test', model: 'small', options: { beam } }),
    });
    const { translations } = (await response.json()) as { translations: { text: string }[] };
    expect(shown).toBe(translations[0]!.text.trimEnd());
    expect(shown).not.toBe('');
    expect(await page.getByLabel('Model').inputValue()).toBe('small');
    expect(wrong).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(here!.url) && !url.startsWith('data:'))).toEqual([]);
    const sides = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(sides[0]).toBeLessThanOrEqual(sides[1]!);
    await page.close();
  });

  it('says what the server refuses, and takes a click', async () => {
    const page = await browser!.newPage();
    await page.goto(here!.url);
    await page.getByRole('button', { name: 'Translate' }).click();
    await expect.poll(() => page.getByRole('status').textContent()).toBe('Type a sentence first.');
    // Past what the field itself takes.
    await page.getByLabel('Text').evaluate((field) => field.removeAttribute('maxlength'));
    await page.getByLabel('Text').fill('x'.repeat(101));
    await page.getByRole('button', { name: 'Translate' }).click();
    await expect
      .poll(() => page.getByRole('status').textContent())
      .toBe('Request: too many characters. Allowed: up to 100. Send them in several requests');
    await page.close();
  });
});
