import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { served } from './served';

const small = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'steadyformer-site-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'site/guide'), { recursive: true });
  for (const name of ['secret.txt', 'site/index.html', 'site/guide/index.html', 'site/guide/idea.html'])
    writeFileSync(join(folder, name), name);
  return join(folder, 'site');
};

it.each(['/', '/docs/'])('gives files under %s, and pages by their clean URLs', async (under) => {
  const { url, close } = await served(small(), under);
  onTestFinished(close);
  const found = async (path: string): Promise<string> => (await fetch(new URL(path, url))).text();
  expect(await Promise.all(['', 'guide/', 'guide/idea', 'guide/idea.html'].map(found))).toEqual([
    'site/index.html',
    'site/guide/index.html',
    'site/guide/idea.html',
    'site/guide/idea.html',
  ]);
  const missing = ['guide', 'absent', '%2e%2e/secret.txt', ...(under === '/' ? [] : ['/', '/guide/'])];
  for (const path of missing) expect((await fetch(new URL(path, url))).status, path).toBe(404);
});
