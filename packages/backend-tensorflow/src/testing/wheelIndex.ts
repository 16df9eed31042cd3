import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/**
 * An index of wheels as pip reads it (PEP 503), in a process of its own: pip is waited for without an event loop. argv:
 * the wheel, its SHA-256 as stated, how many answers break off in the middle. It serves byte ranges.
 */
const SERVER = `
const { readFileSync } = require('node:fs');
const { basename } = require('node:path');
const [wheel, hash, cuts] = process.argv.slice(1);
const data = readFileSync(wheel);
let left = Number(cuts);
const server = require('node:http').createServer((request, response) => {
  if (!request.url.endsWith('.whl')) {
    response.setHeader('content-type', 'text/html');
    response.end('<a href="/files/' + basename(wheel) + '#sha256=' + hash + '">' + basename(wheel) + '</a>');
    return;
  }
  const from = Number(/bytes=(\\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  process.stderr.write(from + '\\n');
  response.writeHead(from > 0 ? 206 : 200, {
    'accept-ranges': 'bytes',
    etag: '"one"',
    'content-length': data.length - from,
    ...(from > 0 ? { 'content-range': 'bytes ' + from + '-' + (data.length - 1) + '/' + data.length } : {}),
  });
  if (left-- > 0) response.write(data.subarray(from, from + (data.length - from >> 1)), () => setTimeout(() => response.destroy(), 50));
  else response.end(data.subarray(from));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** Starts the index until the test ends. `starts` are the offsets from which the wheel was asked for so far. */
export const wheelIndex = async (
  wheel: string,
  hash: string,
  cuts = 0,
): Promise<{ readonly url: string; readonly starts: () => Promise<readonly number[]> }> => {
  const child = spawn(process.execPath, ['-e', SERVER, wheel, hash, String(cuts)]);
  onTestFinished(() => {
    child.kill();
  });
  let asked = '';
  child.stderr.on('data', (text) => {
    asked += text;
  });
  const [port] = await once(child.stdout, 'data');
  return {
    url: `http://127.0.0.1:${String(port).trim()}/`,
    starts: async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return asked.trim().split('\n').map(Number);
    },
  };
};
