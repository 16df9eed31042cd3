import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

declare global {
  interface Window {
    axe: { run(): Promise<AxeResults> };
  }
}

/** What axe-core finds wrong with a page as it is shown: a line a rule, with the first places. */
export const violations = async (page: Page): Promise<string[]> => {
  await page.addScriptTag({ path: AXE });
  const { violations: found } = await page.evaluate(() => window.axe.run());
  return found.map(({ id, help, nodes }) => {
    const places = nodes.slice(0, 3).map(({ target, failureSummary = '' }) => {
      const [, why = ''] = failureSummary.split('\n').map((line) => line.trim());
      return `${target.join(' ')}: ${why}`;
    });
    return `${id} (${help}), ${nodes.length} times: ${places.join('; ')}`;
  });
};
