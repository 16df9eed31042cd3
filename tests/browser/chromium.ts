import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';

/** CHROME_PATH, or where Linux distributions, macOS and Windows put a Chromium. */
const PATHS = [
  process.env.CHROME_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The Chromium of this machine; nothing is downloaded. */
export const chromiumPath: string | undefined = PATHS.find((path) => path && existsSync(path));

/** Why a test that needs one is skipped. */
export const NO_CHROMIUM =
  'no Chromium here; install one (Debian: apt-get install chromium), or set CHROME_PATH';

/** Headless, with WebGPU and WebGL on SwiftShader, Chromium's software GPU: slow, and the same on every machine. */
const FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: FLAGS });

/** A TypeScript program bundled for a page from the sources of all packages. */
const bundle = async (program: URL): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(program)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['steadyformer-source', 'module'],
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
};

/** Opens an empty page that has run the program. WebGPU wants a secure origin, such as localhost; no server listens. */
export const openPage = async (browser: Browser, program: URL): Promise<Page> => {
  const script = await bundle(program);
  const page = await browser.newPage();
  await page.route('http://localhost/**', (route) =>
    route.request().url().endsWith('/program.js')
      ? route.fulfill({ contentType: 'text/javascript', body: script })
      : route.fulfill({
          contentType: 'text/html',
          body: '<!doctype html><title>test</title><script type="module" src="/program.js"></script>',
        }),
  );
  await page.goto('http://localhost/', { waitUntil: 'load' });
  return page;
};
