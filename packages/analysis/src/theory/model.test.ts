import {
  admin,
  constantOmega,
  deepNorm,
  languageModel,
  model as modelOf,
  postLN,
  preLN,
  selectBackend,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeMethod, describeModel, predict } from '..';

beforeAll(async () => {
  await selectBackend('wasm');
});

const build = (method = postLN(), width = 128): Transformer =>
  transformer({ vocabulary: 20, padId: 1, width, heads: 4, depth: 2, method }, 5);

describe('a described model', () => {
  it('has the branches, forms and gains of the method that built it', async () => {
    const model = build();
    const before = tf.memory().numTensors;
    const { encoder, decoder } = await describeModel(model);
    expect(tf.memory().numTensors).toBe(before);
    for (const [stack, described] of [
      ['encoder', encoder!],
      ['decoder', decoder!],
    ] as const) {
      const expected = describeMethod({ method: postLN(), depth: 2, width: 128, stack });
      for (const [i, branch] of described.branches.entries()) {
        const other = expected.branches[i]!;
        expect(branch).toMatchObject({ path: other.path, residual: other.residual, block: other.block });
        expect(branch.form!.kind).toBe(other.form!.kind);
        // Drawn weights have the deviation of their distribution.
        for (const gain of Object.values(branch.form!.gains!)) expect(Math.abs(gain - 1)).toBeLessThan(0.02);
      }
      expect(described.branches[0]!.form).toMatchObject({ causal: stack === 'decoder' });
    }
    model.dispose();
  });

  it('predicts what the method predicts', async () => {
    const model = build(preLN());
    const before = tf.memory().numTensors;
    const predicted = await predict(model, { input: { variance: 1.4, correlation: 0.2 } });
    expect(tf.memory().numTensors).toBe(before);
    const expected = predict({
      method: preLN(),
      depth: 2,
      width: 128,
      input: { variance: 1.4, correlation: 0.2 },
    });
    expect(Object.keys(predicted)).toEqual(['encoder', 'decoder']);
    for (const [i, beta] of predicted.encoder!.diagonal.entries()) {
      expect(Math.abs(beta / expected.diagonal[i]! - 1)).toBeLessThan(0.03);
    }
    expect(predicted.encoder!.growth).toMatchObject({ notation: 'O(log N)' });
    expect(predicted.decoder!.branches[4]!.path).toBe('decoder.layers.1.crossAttention');
    model.dispose();
  });

  it('asks the stack, not its name, whether it is causal', async () => {
    const sizes = { width: 64, heads: 4 };
    const causal = languageModel({ ...sizes, vocabulary: 20, padId: 1, depth: 3, method: preLN() }, 5);
    const stack = { depth: 3, method: preLN() };
    const own = modelOf({ ...sizes, stacks: { decoder: stack } }, 5);
    const writer = modelOf({ ...sizes, stacks: { writer: { ...stack, causal: true } } }, 5);
    const first = async (model: Parameters<typeof describeModel>[0]) => {
      const [described] = Object.values(await describeModel(model));
      return described!.branches[0]!;
    };
    expect((await first(causal)).form).toMatchObject({ causal: true });
    expect((await first(own)).form).toMatchObject({ causal: false });
    expect((await first(writer)).form).toMatchObject({ causal: true });
    const described = (stack: string, causal?: boolean) =>
      predict({
        method: preLN(),
        depth: 3,
        stack,
        block: ['selfAttention', 'feedForward'],
        ...(causal === undefined ? {} : { causal }),
      }).diagonal;
    expect(described('writer', true)).toEqual(described('decoder'));
    expect(described('decoder', false)).toEqual(described('encoder'));
    expect(described('writer')).toEqual(described('encoder'));
    for (const model of [causal, own, writer]) model.dispose();
  });

  it('may read other stacks, whose depths methods know', () => {
    const { branches } = describeMethod({
      method: deepNorm(),
      depth: 2,
      stack: 'writer',
      causal: true,
      reads: { reader: 3 },
    });
    expect(branches.map(({ path }) => path.split('.').at(-1))).toEqual([
      ...['selfAttention', 'crossAttention', 'feedForward'],
      ...['selfAttention', 'crossAttention', 'feedForward'],
    ]);
    const model = transformer(
      { vocabulary: 20, padId: 1, width: 8, heads: 2, depth: { encoder: 3, decoder: 2 }, method: deepNorm() },
      1,
    );
    expect(branches[0]!.residual).toEqual(model.decoder.subLayers()[0]!.subLayer.residual);
    model.dispose();
  });

  it('uses the shortcut scales in force, and variances by path', async () => {
    const model = build(admin());
    const omega = constantOmega(4);
    for (const { subLayer } of model.encoder.subLayers()) {
      const value = tf.fill([128], omega);
      subLayer.omega!.assign(value);
      value.dispose();
    }
    const path = 'encoder.layers.1.feedForward';
    const { encoder } = await predict(model, { variances: { [path]: 0.7 } });
    const last = encoder!.branches.at(-1)!;
    expect(last.variance).toBe(0.7);
    expect(last.omega).toBeCloseTo(omega, 5);
    expect(last.beta ** 2).toBeCloseTo(0.7 / (omega ** 2 + 0.7), 5);
    model.dispose();
  });
});
