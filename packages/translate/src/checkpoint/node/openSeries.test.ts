import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trainBpe } from '../../subwords/trainBpe';
import type { Checkpoint } from '../checkpoint';
import { CheckpointSeries } from './checkpointSeries';

let path = '';
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'steadyformer-series-'));
});
afterEach(() => rm(path, { recursive: true }));

const vocabulary = trainBpe(['a small test'], { merges: 2 });
const make = (updates: number): Checkpoint => ({
  config: { vocabulary: vocabulary.size } as never,
  vocabulary,
  parameters: { w: { shape: [1], data: Float32Array.of(updates) } },
  training: {
    rule: { name: 'radam' },
    position: { epoch: 0, index: updates },
    optimizer: { updates, m: Float32Array.of(1), v: Float32Array.of(1) },
  },
});

describe('CheckpointSeries.open', () => {
  it.each(['lower', 'higher'] as const)(
    'finds the best without knowing how it is told (%s)',
    async (better) => {
      const written = new CheckpointSeries(path, { better });
      for (const [updates, metric] of [
        [1, 2],
        [2, 3],
        [3, 2.5],
      ] as const) {
        await written.save(make(updates), { metric });
      }
      const opened = await CheckpointSeries.open(path);
      const [updates, metric] = better === 'lower' ? [1, 2] : [2, 3];
      const best = await opened.best();
      expect([best?.checkpoint.training?.optimizer.updates, best?.metric]).toEqual([updates, metric]);
      expect(await (await CheckpointSeries.open(join(path, 'none'))).best()).toBeUndefined();
    },
  );
});
