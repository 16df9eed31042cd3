import type { Browser, Page } from 'playwright-core';

/** How a reader looks at a page. */
export interface Reader {
  readonly colorScheme: 'light' | 'dark';
  readonly viewport: { readonly width: number; readonly height: number };
}

const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
] as const;

/** A desk and a phone, by day and by night. */
export const READERS: readonly Reader[] = SIZES.flatMap((viewport) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ colorScheme, viewport })),
);

export const nameOf = ({ colorScheme, viewport: { width, height } }: Reader): string =>
  `${colorScheme}, ${width} x ${height}`;

export interface Visit {
  readonly page: Page;
  /** Errors of the page and its console, and requests that failed or went elsewhere, as they come. */
  readonly wrong: readonly string[];
}

/** Opens an address in a window of its own and waits until nothing more is asked for. */
export const visit = async (browser: Browser, url: string, reader: Reader): Promise<Visit> => {
  const page = await browser.newPage({ ...reader, reducedMotion: 'reduce' });
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(message.text());
  });
  page.on('requestfailed', (request) => {
    const { errorText = '' } = request.failure() ?? {};
    // What a page asks for ahead, for links in sight, is let go where it is left.
    if (errorText !== 'net::ERR_ABORTED') wrong.push(`${request.url()}: ${errorText}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) wrong.push(`${response.url()}: ${response.status()}`);
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(url).origin) wrong.push(`asks ${request.url()}`);
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  return { page, wrong };
};

/** Opens addresses one after the other as they are before their program runs, or where it never comes. */
export const withoutProgram = async (
  browser: Browser,
  urls: readonly string[],
  reader: Reader,
  look: (page: Page, url: string) => Promise<void>,
): Promise<void> => {
  const page = await browser.newPage(reader);
  await page.route('**/*.js', (route) => route.abort());
  for (const url of urls) {
    await page.goto(url);
    await look(page, url);
  }
  await page.close();
};

/** By how many pixels the page is wider than its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
