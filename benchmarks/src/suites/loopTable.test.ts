import { describe, expect, it } from 'vitest';
import type { LoopPair } from '../children/trainLoop';
import { loopCost, loopTable, pipelineTable } from './loopTable';

const rates = {
  habits: { log: 10, watch: 20, checkpoints: 30 },
  warmUp: 10,
  updates: 40,
  usualCheckpoints: 80,
};

/** Intervals end at 20 (a look), 30, 40 (a look, and the checkpoint made after 30), 50. */
const pair = (seconds: number[], losses = [1, 2], looks = 2): LoopPair => ({
  loop: { intervals: seconds, losses, looks, checkpointSeconds: [0.5] },
  bare: { intervals: [1, 1, 1, 1], losses: [1, 2] },
});

describe('loopCost', () => {
  it('tells looks, checkpoints and the rest apart', () => {
    const cost = loopCost([pair([1.25, 1, 1.75, 1])], rates);
    expect(cost).toMatchObject({
      look: 0.25,
      checkpoint: 0.5,
      rest: 0,
      update: 0.1,
      sameLosses: true,
      looks: 2,
    });
    expect(cost.ratios).toEqual([4 / 5]);
    // Half as many checkpoints: 0.25 s of the 0.5 stay.
    expect(cost.usual).toEqual([4 / 4.75]);
  });

  it('counts what every update costs', () => {
    expect(loopCost([pair([1.5, 1.5, 2, 1.5]), pair([1.1, 1.1, 2, 1.1])], rates).rest).toBeCloseTo(0.03, 12);
  });

  it('sees other losses, and a loop that did not watch', () => {
    const cost = loopCost([pair([1, 1, 1, 1], [1, 3], 0)], rates);
    expect(cost).toMatchObject({ sameLosses: false, looks: 0 });
    const row = {
      name: 'a',
      cost,
      pipeline: { batches: 0.001, dropout: 0.002 },
      tokens: 8000,
      updates: 40,
      habits: rates.habits,
    };
    expect(loopTable('t', [row], ['b: skipped']).notes!.slice(1)).toEqual([
      '**a: the losses of loop and bare trainer differ: not the same work**',
      '**a: the loop did not watch**',
      'b: skipped',
    ]);
    expect(loopTable('t', [row], []).rows[0]!.slice(0, 2)).toEqual(['a', '2000']);
    expect(pipelineTable('t', [row]).rows).toEqual([['a', '100.0', '1.000', '1.00 %', '2.000', '2.00 %']]);
  });
});
