import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { maxError } from '../../packages/core/testing/numbers';
import { type Run, train } from '../../packages/core/testing/training';
import { chromiumPath, launch, NO_CHROMIUM, openPage } from './chromium';

const MINUTES = 60_000;
let browser: Browser | undefined;
let page: Page;
let missing: string | undefined;

beforeAll(async () => {
  if (chromiumPath === undefined) {
    missing = NO_CHROMIUM;
    return;
  }
  browser = await launch(chromiumPath);
  page = await openPage(browser, new URL('./page.ts', import.meta.url));
  const { architecture } = await page.evaluate(() => window.backend());
  if (architecture === undefined) missing = `${chromiumPath} has no WebGPU adapter, not even SwiftShader`;
}, 2 * MINUTES);

afterAll(() => browser?.close());

const trainInPage = (backend: string, seed: number, checkpointing = false): Promise<Run> =>
  page.evaluate(([name, from, less]) => window.train(name, from, less), [
    backend,
    seed,
    checkpointing,
  ] as const);

describe('training in a page', () => {
  beforeEach(({ skip }) => {
    if (missing !== undefined) skip(missing);
  });

  it(
    'on webgpu differs by at most 1e-4 in loss from cpu, and repeats itself to the bit, checkpointing or not',
    async () => {
      const expected = await train('cpu', 5);
      const found = await trainInPage('webgpu', 5);
      expect(await page.evaluate(() => window.backend())).toEqual({
        name: 'webgpu',
        architecture: 'swiftshader',
      });
      expect(expected.losses).toHaveLength(20);
      expect(maxError(found.losses, expected.losses, 1)).toBeLessThan(1e-4);
      expect(await trainInPage('webgpu', 5, true)).toEqual(found);
    },
    5 * MINUTES,
  );
});
