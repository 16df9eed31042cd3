import {
  deepNorm,
  encoder,
  gpt2Scaling,
  layerScale,
  type ResidualMethod,
  reZero,
  selectBackend,
  tFixup,
} from '@steadyformer/core';
import type * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { depthCheck, measureBranches, outputChange, predict, zipfTokens } from '..';

beforeAll(async () => {
  await selectBackend('wasm');
});

const width = 64;
const e = 1e-4;
const SEEDS = [1, 2, 3];

/** D_N / (D e^2) of networks of N branches, matrices of branches alone perturbed: measured, and from x_0 in theory. */
const changesAt = async (method: ResidualMethod, branches: number) => {
  const found = { measured: 0, predicted: 0 };
  for (const seed of SEEDS) {
    const model = encoder({ vocabulary: 200, method, depth: branches / 2, width, heads: 4 }, seed);
    const batch = zipfTokens({ sentences: 4, length: 32, vocabulary: 200, seed });
    const { encoder: measured } = await outputChange(model, batch, {
      change: { kind: 'sign', size: e },
      depths: [branches],
      seeds: [seed],
      select: ({ path, parameter }) => parameter.shape.length >= 2 && path.startsWith('encoder.'),
    });
    const { input, tokens } = await measureBranches(model, batch);
    const { outputChange: predicted } = predict(
      { method, depth: branches / 2, width, input: input.encoder!, tokens },
      { perturbation: { kind: 'sign', size: e } },
    );
    found.measured += measured!.at(-1)!.change.mean / (SEEDS.length * width * e * e);
    found.predicted += predicted.at(-1)!.change / (SEEDS.length * width * e * e);
    model.dispose();
    batch.dispose();
  }
  return found;
};

// Beside them the table of the numerical check at N = 12 and 48, where its x_0 does not matter, and its growth. The last
// two are how far each method lies off its prediction and off the table, in three networks of width 64.
it.each([
  ['DeepNorm', deepNorm(), [0.48, 0.48], 'O(1)', 0.04, 0.04],
  ['T-Fixup', tFixup(), undefined, 'O(sqrt N)', 0.1, undefined],
  ['ReZero', reZero(), [0, 0], 'O(1)', 0, 0],
  ['GPT-2 scaling', gpt2Scaling(), [4.22, 16], 'O(N)', 0.05, 0.08],
  ['LayerScale 0.1', layerScale({ initial: 0.1 }), [0.09, 0.34], 'O(log N)', 0.05, 0.05],
] as const)(
  'measured output change of %s is the predicted one',
  async (_name, method, published, notation, off, offTable) => {
    const [shallow, deep] = [await changesAt(method, 12), await changesAt(method, 48)];
    for (const [i, { measured, predicted }] of [shallow, deep].entries()) {
      expect(Math.abs(measured - predicted)).toBeLessThanOrEqual(off * predicted);
      if (published) expect(Math.abs(measured - published[i]!)).toBeLessThanOrEqual(offTable * published[i]!);
    }
    expect(predict({ method, depth: 24, input: { variance: 1.33 } }).growth?.notation).toBe(notation);
  },
);

it('gives a verdict on networks that weights cannot move: ReZero at the start', async () => {
  const check = await depthCheck<tf.Tensor2D>(
    (depth, seed) => ({
      model: encoder({ vocabulary: 50, method: reZero(), depth, width: 16, heads: 2 }, seed),
      batch: zipfTokens({ sentences: 2, length: 8, vocabulary: 50, seed }),
    }),
    [1, 2, 3, 4],
    { seeds: [1, 2] },
  );
  expect(check.verdict).toMatchObject({ notation: 'O(1)', amplifies: false });
  expect(check.verdict.text).not.toMatch(/NaN|Infinity/);
  expect(check.theory).toMatchObject({ r2: 1, constant: { value: 0, interval: null } });
});
