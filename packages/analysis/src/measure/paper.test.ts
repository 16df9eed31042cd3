import { adminInit, needsProfile } from '@steadyformer/admin-init';
import {
  admin,
  type Context,
  type ModelBatch,
  postLN,
  preLN,
  type ResidualMethod,
  selectBackend,
  softmaxCrossEntropy,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { gradientNorms, measureBranches, type OutputGradient, predict, zipfTokens } from '..';

/** 18-18 layers at width 512: STEADYFORMER_LONG=1. */
const long = process.env.STEADYFORMER_LONG === '1';

const { depth, width, heads, vocabulary, sentences, length } = long
  ? { depth: 18, width: 512, heads: 8, vocabulary: 8000, sentences: 16, length: 32 }
  : { depth: 6, width: 64, heads: 4, vocabulary: 300, sentences: 8, length: 16 };

beforeAll(async () => {
  await selectBackend(long ? 'auto' : 'wasm');
});

/** Cross-entropy of the next target token, label smoothing 0.1. */
const nextToken =
  (model: Transformer) =>
  ({ source, target }: ModelBatch, context: Context): tf.Scalar => {
    const input = tf.slice(target, [0, 0], [-1, length - 1]);
    const labels = tf.reshape<tf.Rank.R1>(tf.slice(target, [0, 1], [-1, length - 1]), [-1]);
    const logits = tf.reshape<tf.Rank.R2>(model.call({ source, target: input }, context), [-1, vocabulary]);
    return tf.mean(softmaxCrossEntropy(logits, labels, 0.1).loss);
  };

/** Geometric mean of |dx_{i-1}| / |dx_i| through the sub-layers of one kind. */
const factor = (outputs: readonly OutputGradient[], kind: string): number => {
  const logs = outputs
    .map(({ path, norm }, i) => ({ path, ratio: i === 0 ? 1 : outputs[i - 1]!.norm / norm }))
    .filter(({ path }) => path.endsWith(`.${kind}`))
    .map(({ ratio }) => Math.log(ratio));
  return Math.exp(logs.reduce((sum, x) => sum + x, 0) / logs.length);
};

const measure = async (method: ResidualMethod) => {
  const model = transformer({ vocabulary, padId: 1, width, heads, depth, method });
  const batch = {
    source: zipfTokens({ sentences, length, vocabulary, seed: 1 }),
    target: zipfTokens({ sentences, length, vocabulary, seed: 2 }),
  };
  if (needsProfile(model)) await adminInit(model, [batch]);
  const { outputs } = await gradientNorms(model, batch, nextToken(model));
  const measured = await measureBranches(model, batch);
  const { decoder } = await predict(model, measured);
  model.dispose();
  tf.dispose(Object.values(batch));
  const cross = Object.entries(measured.variances).filter(([path]) => path.endsWith('.crossAttention'));
  const crossFactor = Math.exp(cross.reduce((sum, [, v]) => sum - Math.log(1 + v) / 2, 0) / cross.length);
  return {
    encoder: outputs.encoder![0]!.relative,
    decoder: outputs.decoder![0]!.relative,
    predictedDecoder: decoder!.gradients.relative[0]!,
    encoderFactors: {
      self: factor(outputs.encoder!, 'selfAttention'),
      feedForward: factor(outputs.encoder!, 'feedForward'),
    },
    decoderFactors: {
      self: factor(outputs.decoder!, 'selfAttention'),
      cross: factor(outputs.decoder!, 'crossAttention'),
      feedForward: factor(outputs.decoder!, 'feedForward'),
    },
    /** (1 + v)^(-1/2), v as measured. */
    crossFactor,
  };
};

/** |dx_0| / |dx_N| of encoder and decoder, the latter predicted, then the factor of each kind in the decoder. */
const README = {
  postLN: ['1.36', '0.021', '0.023', '0.816', '1.000'],
  admin: ['1.23', '0.39', '0.51', '0.971', '0.999'],
  preLN: ['4.67', '1.96', '2.34', '1.000', '1.022'],
} as const;

it('the paper, figure 3: gradients vanish in a Post-LN decoder, through encoder-attention, and not in its encoder', {
  timeout: 1_200_000,
}, async () => {
  const [post, adapted, pre] = [await measure(postLN()), await measure(admin()), await measure(preLN())];
  if (long) console.log(JSON.stringify({ post, adapted, pre }, null, 1));
  // Feed-forward branches keep the norm, encoder-attention takes (1 + v)^(-1/2) of it.
  expect(Math.abs(post.decoderFactors.cross / post.crossFactor - 1)).toBeLessThan(long ? 0.02 : 0.03);
  expect(Math.abs(post.decoderFactors.feedForward - 1)).toBeLessThan(0.05);
  expect(Math.abs(post.encoderFactors.feedForward - 1)).toBeLessThan(0.04);
  // So the decoder's gradients vanish, and the encoder's do not.
  expect(post.decoder).toBeLessThan(long ? 0.2 : 0.5);
  expect(post.encoder).toBeGreaterThan(0.9);
  expect(adapted.decoder).toBeGreaterThan(1.5 * post.decoder);
  for (const [each, readme, off] of [
    [post, README.postLN, 0.02],
    [adapted, README.admin, 0.07],
    [pre, README.preLN, 0.06],
  ] as const) {
    if (long) {
      const { encoder, decoder, predictedDecoder } = each;
      const { cross, feedForward } = each.decoderFactors;
      for (const [k, value] of [encoder, decoder, predictedDecoder, cross, feedForward].entries()) {
        // Half of the README's last digit.
        const digits = String(readme[k]).split('.')[1]!.length;
        expect(Math.abs(value - Number(readme[k])), String(readme[k])).toBeLessThanOrEqual(
          0.51 * 10 ** -digits,
        );
      }
    } else {
      expect(Math.abs(each.decoder / each.predictedDecoder - 1)).toBeLessThan(off);
    }
  }
  for (const one of Object.values({ ...pre.encoderFactors, ...pre.decoderFactors })) {
    expect(one).toBeGreaterThan(0.99);
  }
});
