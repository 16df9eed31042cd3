import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chromiumPath, launch } from '../browser/chromium';
import { root } from '../structure/workspaces';
import { deadLinks } from './links';
import { served } from './served';
import { noSite } from './site';
import { READERS, visit } from './visit';

const BASE = '/some/place/';
const MINUTES = 60_000;

/** Builds the site for a path below a server's root, into a folder of its own; API pages are those of the last build. */
const built = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'steadyformer-sub-path-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const vitepress = join(root, 'node_modules/vitepress/bin/vitepress.js');
  await promisify(execFile)(process.execPath, [vitepress, 'build', '--outDir', folder], {
    cwd: join(root, 'apps/docs'),
    env: { ...process.env, STEADYFORMER_DOCS_BASE: BASE },
    maxBuffer: 1 << 26,
  });
  return folder;
};

// A second build of everything: a minute, and several on a busy machine.
describe.runIf(process.env.STEADYFORMER_LONG === '1')('the site under a sub-path', () => {
  it(
    'leads nowhere outside it, and opens',
    async ({ skip }) => {
      if (noSite !== undefined) skip(noSite);
      const folder = await built();
      expect(deadLinks(folder, BASE)).toEqual([]);
      expect(readFileSync(join(folder, 'llms.txt'), 'utf8')).toContain(`(${BASE}guide/idea.md)`);
      if (chromiumPath === undefined) return;
      const browser = await launch(chromiumPath);
      onTestFinished(() => browser.close());
      const site = await served(folder, BASE);
      onTestFinished(site.close);
      for (const path of ['', 'guide/idea', 'packages/core']) {
        const { page, wrong } = await visit(browser, site.url + path, READERS[0]!);
        expect(wrong, path).toEqual([]);
        expect(await page.locator('img:visible').count(), path).toBeGreaterThan(0);
        await page.close();
      }
    },
    15 * MINUTES,
  );
});
