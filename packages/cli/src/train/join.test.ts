import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { steadyformer } from '../../testing/command';

const folder = mkdtempSync(join(tmpdir(), 'steadyformer-join-'));
const config = join(folder, 'config.yaml');
writeFileSync(config, `data: { train: { path: ${join(folder, 'text.tsv')} } }\n`);
const taken = createServer();
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  port = (taken.address() as { port: number }).port;
});
afterAll(async () => {
  await new Promise((resolve) => taken.close(resolve));
  rmSync(folder, { recursive: true });
});

// Ended before anything is listened for, or reached.
it.each<readonly [string, readonly string[]]>([
  ["received 'host:7000', allowed http://HOST:PORT", ['join', 'host:7000', '--token', 'a']],
  ['nobody listens there. Start `steadyformer train', ['join', 'http://127.0.0.1:9', '--token', 'a']],
  ["required option '--token <text>'", ['join', 'http://127.0.0.1:9']],
  [
    "unknown option 'sed', did you mean 'seed'?",
    ['join', 'http://127.0.0.1:9', '--token', 'a', '--set', 'sed=3'],
  ],
  ['--workers has no effect without --listen PORT', ['train', config, '--workers', '3']],
  ['--token has no effect without --listen PORT', ['train', config, '--token', 'a']],
  ["--listen: received 'x', allowed PORT or ADDRESS:PORT", ['train', config, '--listen', 'x']],
  ["--listen: received '70000', allowed", ['train', config, '--listen', '70000']],
  ['allowed: whole numbers >= 2.', ['train', config, '--listen', '0', '--workers', '1']],
  ['--token: allowed are letters, digits', ['train', config, '--listen', '0', '--token', 'a b']],
])('exit code 2: %s', async (message, args) => {
  const { code, out, error } = await steadyformer(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(error).toContain(message);
  expect(error.match(/\n/gu)).toHaveLength(1);
});

it('exit code 2: a port in use', async () => {
  const { code, error } = await steadyformer('train', config, '--listen', `127.0.0.1:${port}`);
  expect(code).toBe(2);
  expect(error).toBe(
    `error: cannot listen on 127.0.0.1:${port}: another program listens there; name another port, or 0 for any that is free\n`,
  );
});
