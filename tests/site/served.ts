import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/** A folder behind HTTP. */
export interface Served {
  /** Where the folder's root is, with a slash at its end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** The file that a path means: itself, `index.html` of a folder, or the page of a clean URL. */
const fileAt = async (folder: string, path: string): Promise<{ file: string; body: Buffer } | undefined> => {
  const plain = normalize(`/${path}`);
  const names = plain.endsWith('/') ? [`${plain}index.html`] : [plain, `${plain}.html`];
  for (const name of names) {
    const file = join(folder, name);
    const body = await readFile(file).catch(() => undefined);
    if (body !== undefined) return { file, body };
  }
  return undefined;
};

/**
 * Serves the files of a built folder on a free port of this machine, as any plain static server does.
 *
 * @param under the path that the folder lies under, such as `/` or `/steadyformer/`; nothing else is found.
 */
export const served = async (folder: string, under = '/'): Promise<Served> => {
  const server: Server = createServer(async ({ url = '/' }, response) => {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    const found = path.startsWith(under) ? await fileAt(folder, path.slice(under.length)) : undefined;
    if (found === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(found.file)] ?? 'application/octet-stream' });
    response.end(found.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${under}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
