import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, launch, NO_CHROMIUM } from '../../tests/browser/chromium';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-page-'));
  const root = fileURLToPath(new URL('.', import.meta.url));
  await build({ root, logLevel: 'error', build: { outDir: folder, emptyOutDir: true, minify: false } });
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the example page', () => {
  it('builds, the binaries of the wasm backend beside it', async () => {
    const files = await readdir(join(folder, 'assets'));
    const count = (type: string): number => files.filter((file) => extname(file) === type).length;
    expect(count('.wasm')).toBe(3);
    expect(count('.js')).toBeGreaterThanOrEqual(1);
    expect(await readFile(join(folder, 'index.html'), 'utf8')).toContain('assets/');
  });

  it('runs in Chromium on wasm, and says where it looked for binaries that are not there', async ({
    skip,
  }) => {
    if (chromiumPath === undefined) skip(NO_CHROMIUM);
    const browser = await launch(chromiumPath!);
    try {
      const text = async (serveWasm: boolean): Promise<string> => {
        const page = await browser.newPage();
        await page.route('http://localhost/**', async (route) => {
          const { pathname } = new URL(route.request().url());
          const file = pathname === '/' ? 'index.html' : pathname.slice(1);
          const type = TYPES[extname(file)];
          if (type === undefined || (!serveWasm && type === 'application/wasm'))
            return route.fulfill({ status: 404 });
          return route.fulfill({ contentType: type, body: await readFile(join(folder, file)) });
        });
        await page.goto('http://localhost/');
        await page.waitForFunction("document.getElementById('backend').textContent !== 'starting'");
        if (serveWasm) await page.waitForFunction("document.getElementById('result').textContent !== ''");
        const shown = await page.textContent('body');
        await page.close();
        return shown ?? '';
      };
      const running = await text(true);
      expect(running).toContain('backend wasm (asked for)');
      expect(running).toMatch(/\d+ parameters, output \[1, 5, 32\]/);
      expect(await text(false)).toMatch(
        /backend 'wasm' does not work here: tfjs could not start 'wasm'; the page must serve its \.wasm files at wasmPaths \{"tfjs-backend-wasm\.wasm":/,
      );
    } finally {
      await browser.close();
    }
  }, 120_000);
});
