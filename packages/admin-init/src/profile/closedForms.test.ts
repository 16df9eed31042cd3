import { randomStream, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { FeedForwardOnly } from '../../testing/ownStack';
import { profile } from '..';

beforeAll(async () => {
  await selectBackend();
});

const WIDTH = 512;
const long = process.env.STEADYFORMER_LONG === '1';

/**
 * One draw of the weights scatters by 4 % at D = 512, because the tokens share the mean of their hidden activations
 * and so the direction in which W_2 turns it. The mean of 256 draws scatters by 0.25 %, of 16 by 1 %.
 */
const [draws, within] = long ? [256, 0.01] : [16, 0.04];

// Var[f] = 2r / (1 + r)^2 for r = d_ff / D and unit-variance input, / ((1 - q) (1 - p)) with dropout q of the hidden
// activations and p of the output: Xavier-uniform W_1, W_2 have Var = 2 / (D + d_ff), and ReLU halves the power.
it.each([
  [1, 0],
  [2, 0],
  [4, 0],
  [8, 0],
  [4, 0.1],
])(
  'a feed-forward branch with r = %d and dropout %d starts with variance 2r / (1 + r)^2 / (1 - p)^2',
  async (r, dropout) => {
    const input = tf.tensor3d(randomStream(5).normal(64 * WIDTH), [1, 64, WIDTH]);
    let sum = 0;
    for (let seed = 0; seed < draws; seed++) {
      const model = new FeedForwardOnly({ width: WIDTH, hidden: WIDTH * r, seed, dropout });
      const made = await profile(model, [input], { seed });
      const { branchVariance, inputVariance } = made.stacks.body![0]!;
      sum += branchVariance / inputVariance;
      model.dispose();
    }
    input.dispose();
    const ratio = sum / draws / (((2 * r) / (1 + r) ** 2) * (1 - dropout) ** -2);
    if (long) console.log(`r = ${r}, dropout ${dropout}: variance / closed form = ${ratio.toFixed(4)}`);
    expect(Math.abs(ratio - 1)).toBeLessThan(within);
  },
  600_000,
);
