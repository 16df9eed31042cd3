import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { corpus } from './corpora';
import { runTraining, type Training, trainedRuns } from './training';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'experiments-training-'));
});
afterEach(() => rm(folder, { recursive: true }));

const training = (): Training => {
  const { files } = corpus('emoji-names');
  return {
    config: {
      data: { train: files('valid'), valid: files('test'), filter: { apply: false } },
      vocabulary: { merges: 50 },
      batches: { maxTokens: 256 },
      model: { width: 8, heads: 1, depth: 1 },
      optimizer: { name: 'radam', peak: 0.01, schedule: { name: 'inverseSqrt', warmup: 2 } },
      training: { updates: 2 },
      validation: { every: 2 },
      checkpoints: { every: 2 },
    },
    grid: { 'model.method': ['postLN', { encoder: 'postLN', decoder: 'preLN' }], seed: [1] },
  };
};

it('trains every run of the grid as a sweep, keeps what is done, and says what came of each', async () => {
  const sweep = join(folder, 'sweep');
  const said: string[] = [];
  const log = (line: string): void => {
    said.push(line);
  };
  const runs = await runTraining(sweep, training(), { parallel: 1, here: true, log });
  expect(runs.map(({ values }) => values)).toEqual([
    { 'model.method': 'postLN', seed: 1 },
    { 'model.method': { encoder: 'postLN', decoder: 'preLN' }, seed: 1 },
  ]);
  for (const { folder: own, result } of runs) {
    expect(result).toMatchObject({ ending: 'done', updates: 2, bestUpdate: 2 });
    expect(result.perplexity).toBeGreaterThan(1);
    expect(existsSync(join(own, 'log.jsonl'))).toBe(true);
  }
  expect(await runTraining(sweep, training(), { parallel: 1, here: true, log })).toEqual(runs);
  expect(await trainedRuns(sweep)).toEqual(runs);
  // The plan and its collection say nothing that a reader waits for.
  expect(said).toEqual([]);
});

it('refuses a config that is none, naming what is wrong', async () => {
  const { config, grid } = training();
  const wrong = { ...config, model: { widths: 8 } } as unknown as Training['config'];
  await expect(
    runTraining(join(folder, 'sweep'), { config: wrong, grid }, { parallel: 1, here: true, log: () => {} }),
  ).rejects.toThrow(/steadyformer sweep plan: .*'widths'/);
});
