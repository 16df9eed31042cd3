import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chromiumPath, launch, NO_CHROMIUM, openPage } from './chromium';

const MINUTES = 60_000;
let browser: Browser | undefined;
let page: Page;

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  browser = await launch(chromiumPath);
  page = await openPage(browser, new URL('./page.ts', import.meta.url));
}, 2 * MINUTES);

afterAll(() => browser?.close());

/** On SwiftShader every new program takes a while to compile. */
const OPS = [
  'linear, gelu',
  'embedding',
  'addLayerNorm with omega',
  'attention, causal, pads masked, dropout',
  'softmaxCrossEntropy, smoothing 0.1',
];

describe('a page that has webgl', () => {
  beforeEach(({ skip }) => {
    if (chromiumPath === undefined) skip(NO_CHROMIUM);
  });

  it('is given it rather than cpu, where webgpu has no GPU and wasm is not there', async () => {
    const { name, message } = await page.evaluate(() => window.select());
    expect(name).toBe('webgl');
    expect(message).toMatch(
      /^backend webgl \(not webgpu: no hardware adapter; wasm: not imported by the page /,
    );
    expect((await page.evaluate(() => window.backend())).name).toBe('webgl');
  });

  it('keeps it where it runs on it, and has it where it asks', async () => {
    const choices = await page.evaluate(async () => [
      await window.select('cpu'),
      await window.select('webgl'),
      await window.select('auto'),
    ]);
    expect(choices.map(({ name }) => name)).toEqual(['cpu', 'webgl', 'webgl']);
  });

  it(
    "has core's ops there as on cpu, with their gradients",
    async () => {
      const names = process.env.STEADYFORMER_LONG === '1' ? [] : OPS;
      expect(await page.evaluate((only) => window.conform('webgl', only), names)).toEqual([]);
    },
    5 * MINUTES,
  );
});
