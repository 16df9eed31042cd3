import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { smallCheckpoint } from '../fixtures/smallCheckpoint';
import { CheckpointSeries } from './checkpointSeries';

let path = '';
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'steadyformer-series-'));
});
afterEach(() => rm(path, { recursive: true }));

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
        await written.save(smallCheckpoint(updates), { metric });
      }
      const opened = await CheckpointSeries.open(path);
      const [updates, metric] = better === 'lower' ? [1, 2] : [2, 3];
      const best = await opened.best();
      expect([best?.checkpoint.training?.optimizer.updates, best?.metric]).toEqual([updates, metric]);
      expect(await (await CheckpointSeries.open(join(path, 'none'))).best()).toBeUndefined();
    },
  );
});
