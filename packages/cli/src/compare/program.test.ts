import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { steadyformer } from '../../testing/command';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-compare-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A run's folder with a log of these validation perplexities, a hundred updates from one to the next. */
const run = (name: string, perplexities: readonly number[]): string => {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const lines = perplexities.map((perplexity, i) =>
    JSON.stringify({
      event: 'validation',
      update: 100 * (i + 1),
      loss: Math.log(perplexity),
      perplexity,
      best: true,
    }),
  );
  writeFileSync(join(folder, 'log.jsonl'), `${lines.join('\n')}\n`);
  return folder;
};

const preLN = run('preLN', [90, 30, 12, 13]);
const admin = run('admin', [80, 11, 9, 8]);
const postLN = run('postLN', [100, 99, 98, 97]);

it('says the best of each run and how soon it was as good as the first', async () => {
  const svg = join(root, 'curves.svg');
  const csv = join(root, 'curves.csv');
  const { code, out, error } = await steadyformer('compare', preLN, admin, postLN, '--out', svg, csv);
  expect([code, error]).toEqual([0, `wrote ${svg}\nwrote ${csv}\n`]);
  expect(out).toBe(
    [
      "run     best perplexity  at update  last  updates to preLN's best",
      '------  ---------------  ---------  ----  -----------------------',
      'preLN                12        300    13  300',
      'admin                 8        400     8  200',
      'postLN               97        400    97  never',
      '',
    ].join('\n'),
  );
  expect(readFileSync(csv, 'utf8').split('\n')[2]).toBe('admin,8,400,8,200');
  const drawn = readFileSync(svg, 'utf8');
  for (const text of ['preLN', 'admin', 'postLN', 'Validation perplexity', 'Updates'])
    expect(drawn).toContain(text);
});

it.each<readonly [readonly string[], string]>([
  [[join(root, 'nothing')], 'log.jsonl'],
  [[preLN, '--metric', 'bleu'], `'${preLN}' holds no validation with bleu. Set validation.bleu to true.`],
  [[preLN, preLN], 'a run is named twice'],
  [[preLN, '--metric', 'blue'], 'Allowed choices are perplexity, loss, bleu'],
  [[preLN, '--out', 'x.gif'], 'the name must end in .json, .csv, .svg, .png'],
])('ends with one line and 2: %j', async (args, message) => {
  const { code, out, error } = await steadyformer('compare', ...args);
  expect([code, out]).toEqual([2, '']);
  expect(error).toContain(message);
  expect(error.trim().split('\n')).toHaveLength(1);
});
