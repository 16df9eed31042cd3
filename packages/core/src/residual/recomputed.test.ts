import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { read } from '../../testing/numbers';
import { lossAndGradient } from '../autodiff/gradients';
import type { Context, Probe } from '../context/context';
import { languageModel } from '../models/languageModel';
import { transformer } from '../models/transformer';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy';
import { randomStream } from '../random/random';
import type { Module } from '../state/module';
import { admin } from './methods/admin';
import { b2t } from './methods/b2t';
import { normFormer } from './methods/normFormer';
import { preLN } from './methods/preLN';
import { reZero } from './methods/reZero';
import type { ResidualMethod } from './residual';

const SIZES = {
  vocabulary: 17,
  padId: 1,
  width: 8,
  heads: 2,
  feedForward: 16,
  dropout: { residual: 0.2, attention: 0.1, activation: 0.1 },
};
const SOURCE = [4, 5, 6, 2, 7, 2, 1, 1];
const TARGET = [2, 9, 8, 2, 3, 5];

/** A model with the logits [6, V] of its one batch. */
interface Case {
  readonly model: Module;
  readonly logits: (context: Context) => tf.Tensor;
}

const seq2seq = (method: ResidualMethod, depth = 2): Case => {
  const model = transformer({ ...SIZES, depth, method }, 3);
  const logits = (context: Context): tf.Tensor =>
    tf.tidy(() => {
      const source = tf.tensor2d(SOURCE, [2, 4], 'int32');
      const target = tf.tensor2d(TARGET, [2, 3], 'int32');
      return model.call({ source, target }, context);
    });
  return { model, logits };
};

const decoderOnly = (method: ResidualMethod, depth = 2): Case => {
  const model = languageModel({ ...SIZES, depth, method, attentionPositions: 'rotary' }, 3);
  const logits = (context: Context): tf.Tensor =>
    tf.tidy(() => model.call(tf.tensor2d(TARGET, [2, 3], 'int32'), context));
  return { model, logits };
};

/** ReZero starts its scales at zero, where no gradient reaches the branches. */
const stirred = (it: Case): Case => {
  for (const { path, parameter } of it.model.parameters()) {
    if (path.endsWith('alpha')) parameter.assign(tf.fill([...parameter.shape], 0.3));
  }
  return it;
};

const lossOf =
  ({ logits }: Case, context: Context) =>
  (): tf.Scalar => {
    const labels = tf.tensor1d([4, 6, 2, 9, 3, 2], 'int32');
    const rows = tf.reshape<tf.Rank.R2>(logits(context), [6, SIZES.vocabulary]);
    return tf.mean(softmaxCrossEntropy(rows, labels, 0.1).loss);
  };

const training = { training: true, random: randomStream(8) };

/** [loss, gradient] as numbers; asserts that nothing else is left. */
const gradientOf = (it: Case, context: Context): number[][] => {
  const before = tf.memory().numTensors;
  const { loss, gradient } = lossAndGradient(it.model.parameters(), lossOf(it, context));
  const numbers = [read(loss), read(gradient)];
  tf.dispose([loss, gradient]);
  expect(tf.memory().numTensors - before, 'tensors left').toBe(0);
  return numbers;
};

onBackends(() => {
  describe('checkpointing', () => {
    it.each<[string, () => Case]>([
      ['a Transformer with Admin', () => seq2seq(admin())],
      ['a Transformer with Pre-LN', () => seq2seq(preLN())],
      ["a Transformer with B2T, whose blocks' inputs are read twice", () => seq2seq(b2t())],
      ['a Transformer with ReZero, whose blocks share a scale', () => stirred(seq2seq(reZero()))],
      ['a Transformer with NormFormer', () => seq2seq(normFormer())],
      ['a language model with Admin', () => decoderOnly(admin())],
      ['a language model with B2T', () => decoderOnly(b2t())],
      ['a language model with ReZero', () => stirred(decoderOnly(reZero()))],
    ])('gives %s the same gradient with dropout, to the bit', (_name, build) => {
      const it = build();
      const [loss, gradient] = gradientOf(it, training);
      expect(gradientOf(it, { ...training, checkpointing: true })).toEqual([loss, gradient]);
      expect(gradient!.filter((value) => value !== 0).length).toBeGreaterThan(gradient!.length / 2);
      // Other bits would be noticed.
      expect(gradientOf(it, { training: true, random: randomStream(9), checkpointing: true })).not.toEqual([
        loss,
        gradient,
      ]);
      it.model.dispose();
    });

    it.each<[string, (seen: string[]) => Probe]>([
      ['join', (seen) => ({ join: ({ path, sum }) => seen.push(`${path} ${read(tf.sum(sum))}`) })],
      [
        'attention',
        (seen) => ({ attention: ({ path, weights }) => seen.push(`${path} ${read(tf.max(weights))}`) }),
      ],
      [
        'branch',
        (seen) => ({
          branch: ({ path }) => {
            seen.push(path);
            return { shortcutScale: tf.scalar(1.5) };
          },
        }),
      ],
    ])('shows a probe with %s the forward pass once, and differentiates what it saw', (_hook, probeOf) => {
      const it = seq2seq(admin());
      const run = (checkpointing: boolean): unknown[] => {
        const seen: string[] = [];
        return [gradientOf(it, { ...training, checkpointing, probe: probeOf(seen) }), seen];
      };
      const plain = run(false);
      expect(run(true)).toEqual(plain);
      expect((plain[1] as string[]).length).toBeGreaterThan(5);
      it.model.dispose();
    });

    it('keeps the input of a sub-layer, and what its join does, in place of all that is inside its branch', async () => {
      const [batch, time] = [4, 16];
      /** The most bytes that a step has in use at once, in streams [B, T, D]. The embedding alone is trained. */
      const peak = async (depth: number, checkpointing: boolean): Promise<number> => {
        const model = languageModel({ ...SIZES, depth, method: admin() }, 3);
        const words = Array.from({ length: batch * time }, (_, i) => 2 + (i % 13));
        const ids = tf.tensor2d(words, [batch, time], 'int32');
        const labels = tf.tensor1d(words, 'int32');
        const before = tf.memory().numBytes;
        const { peakBytes } = await tf.profile(() => {
          const { loss, gradient } = lossAndGradient(model.parameters().slice(0, 1), () => {
            const logits = model.call(ids, { ...training, checkpointing });
            const rows = tf.reshape<tf.Rank.R2>(logits, [batch * time, SIZES.vocabulary]);
            return tf.mean(softmaxCrossEntropy(rows, labels, 0.1).loss);
          });
          tf.dispose([loss, gradient]);
          return [];
        });
        tf.dispose([ids, labels]);
        model.dispose();
        return (peakBytes - before) / (4 * batch * time * SIZES.width);
      };
      const plain = [await peak(6, false), await peak(12, false)] as const;
      const less = [await peak(6, true), await peak(12, true)] as const;
      // Its input, by two names, and what its norm keeps, [B, T, D], [B, T] and two of [D]: the plain pass keeps some ten.
      expect((less[1] - less[0]) / 12).toBe(
        3 + (batch * time + 2 * SIZES.width) / (batch * time * SIZES.width),
      );
      expect((plain[1] - plain[0]) / 12).toBeGreaterThan(9);
      expect(less[1]).toBeLessThan(plain[1] / 2);
    });
  });
});
