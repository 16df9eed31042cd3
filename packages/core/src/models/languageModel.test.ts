import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leftovers } from '../../testing/backends';
import { maxError, read } from '../../testing/numbers';
import { lossAndGradient } from '../autodiff/gradients';
import { selectBackend } from '../backend/select';
import { KeyValueCache } from '../context/cache';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy';
import { Optimizer } from '../optim/optimizer';
import { radam } from '../optim/radam';
import { admin } from '../residual/methods/admin';
import { deepNorm } from '../residual/methods/deepNorm';
import { preLN } from '../residual/methods/preLN';
import { type LanguageModelOptions, languageModel } from './languageModel';

const options: LanguageModelOptions = {
  ...{ vocabulary: 11, width: 8, heads: 2, feedForward: 16, depth: 2 },
  method: preLN(),
};
const ids = (): tf.Tensor2D => tf.tensor2d([2, 6, 5, 9, 2, 8, 7, 1], [2, 4], 'int32');

beforeAll(async () => {
  await selectBackend('wasm');
});

describe.each([preLN(), admin(), deepNorm()])('LanguageModel with $name', (method) => {
  it('gives the same logits step by step with a cache, and leaves no tensor', () => {
    const before = tf.memory().numTensors;
    const model = languageModel({ ...options, method }, 3);
    const input = ids();
    const whole = model.call(input);
    expect(whole.shape).toEqual([2, 4, 11]);
    const cache = new KeyValueCache();
    const steps = [0, 1, 2, 3].map((t) =>
      tf.tidy(() => model.logits(model.decode(tf.slice(input, [0, t], [-1, 1]), { cache }))),
    );
    const stepped = tf.concat(steps, 1);
    expect(cache.length).toBe(4);
    expect(maxError(read(stepped), read(whole))).toBeLessThan(1e-5);
    expect(leftovers(() => model.call(input))).toBe(0);
    cache.dispose();
    tf.dispose([input, whole, stepped, ...steps]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does not see the future', () => {
    const model = languageModel({ ...options, method }, 3);
    const [one, two] = [
      [2, 6, 5],
      [2, 6, 9],
    ].map((row) => model.call(tf.tensor2d([row], [1, 3], 'int32')));
    const difference = read(tf.max(tf.abs(tf.sub(one!, two!)), [0, 2]));
    expect(Math.max(difference[0]!, difference[1]!)).toBeLessThan(1e-6);
    expect(difference[2]).toBeGreaterThan(1e-3);
    model.dispose();
  });
});

describe('LanguageModel', () => {
  it('learns a batch by heart', () => {
    const model = languageModel({ ...options, method: admin() }, 3);
    const parameters = model.parameters();
    const optimizer = new Optimizer(parameters, radam());
    const input = tf.tensor2d([2, 6, 5, 2, 8, 7], [2, 3], 'int32');
    const labels = tf.tensor1d([6, 5, 2, 8, 7, 2], 'int32');
    const losses: number[] = [];
    for (let step = 1; step <= 100; step++) {
      const { loss, gradient } = lossAndGradient(parameters, () =>
        tf.mean(softmaxCrossEntropy(tf.reshape<tf.Rank.R2>(model.call(input), [6, 11]), labels).loss),
      );
      optimizer.step(gradient, 0.01);
      losses.push(read(loss)[0]!);
      tf.dispose([loss, gradient]);
    }
    expect(losses[0]).toBeGreaterThan(1.5);
    // Each sentence's first token is the same, so ln 2 of two of the six tokens remains.
    expect(losses.at(-1)).toBeLessThan(0.35);
    expect(losses.at(-1)).toBeGreaterThan(Math.LN2 / 3 - 0.01);
    optimizer.dispose();
    model.dispose();
    tf.dispose([input, labels]);
  });

  it('has a stack by path, tells pads, and unties its projection where asked', () => {
    const [tied, untied] = [languageModel(options), languageModel({ ...options, tiedEmbeddings: false })];
    expect(Object.keys(tied.stacks())).toEqual(['decoder']);
    expect(tied.decoder.subLayers().map(({ path }) => path)).toContain('layers.1.selfAttention');
    const { decoder } = tied.tokenMasks(ids());
    expect(read(decoder!)).toEqual([1, 1, 1, 1, 1, 1, 1, 0]);
    expect(untied.parameterCount() - tied.parameterCount()).toBe(11 * 8);
  });

  it('refuses options it does not know', () => {
    expect(() => languageModel({ ...options, dpeth: 2 } as LanguageModelOptions)).toThrow(
      "LanguageModel: unknown option 'dpeth', did you mean 'depth'?",
    );
  });
});
