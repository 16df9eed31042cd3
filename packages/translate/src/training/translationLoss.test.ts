import type { Context, Transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { makeBatch } from '../data/batch';
import { packTokens } from '../data/encodeCorpus';
import { translationLoss } from './translationLoss';

const corpus = (sentences: readonly number[][]) => ({
  source: packTokens(sentences),
  target: packTokens(sentences),
});
// One sentence is shorter: its last position is a pad.
const batch = makeBatch(corpus([[4, 5], [4]]), [0, 1]);

it('takes no notice of the logits at pads', () => {
  const [vocabulary, positions] = [7, batch.targetOutput.length];
  const logits = (atPads: number): tf.Tensor2D =>
    tf.tensor2d(
      Array.from(batch.targetOutput, (id, row) =>
        Array.from({ length: vocabulary }, (_, v) => (id === 1 ? atPads : Math.sin(row + v))),
      ),
    );
  expect(Array.from(batch.targetOutput).filter((id) => id === 1)).toHaveLength(1);
  const run = (atPads: number) =>
    tf.tidy(() => {
      const x = logits(atPads);
      const model = {
        config: { padId: 1 },
        encode: () => null,
        decode: () => tf.zeros([2, positions / 2, 1]),
        logits: () => given,
      } as unknown as Transformer;
      let given = x;
      const { value, grad } = tf.valueAndGrad((z) => {
        given = z as tf.Tensor2D;
        return translationLoss(0.1)(model, batch, {} as Context).loss;
      })(x);
      given = x;
      const { nll, tokens } = translationLoss(0.1)(model, batch, {} as Context);
      return [value, nll, grad].map((t) => Array.from(t.dataSync(), (value) => value + 0)).concat([[tokens]]);
    });
  const expected = run(0);
  for (const numbers of expected) expect(numbers.every(Number.isFinite)).toBe(true);
  expect(run(Number.NaN)).toEqual(expected);
  expect(run(Number.POSITIVE_INFINITY)).toEqual(expected);
});
