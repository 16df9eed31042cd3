import { admin, adminConstant, asStacked, postLN, randomStream, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { anyKind, batchFor, ids, kindNames, kinds, pair } from '../../testing/models';
import { FeedForwardOnly } from '../../testing/ownStack';
import { adminInit, checkProfile, type Profile, profile } from '..';

beforeAll(async () => {
  await selectBackend();
});

const flat = (made: Profile): number[] =>
  Object.values(made.stacks).flatMap((branches) => branches.map(({ omega }) => omega));

describe('profile', () => {
  it.each(kindNames)('chains the omegas of a %s as the authors do, and leaves no tensor', async (kind) => {
    const model = kinds[kind]({ dropout: 0.1 });
    const before = tf.memory().numTensors;
    const batch = batchFor(model);
    const made = await profile(anyKind(model), [batch]);
    tf.dispose(batch);
    expect(tf.memory().numTensors).toBe(before);
    for (const branches of Object.values(made.stacks)) {
      expect(branches[0]!.omega).toBe(1);
      for (const [i, { omega, branchVariance, inputVariance }] of branches.entries()) {
        // omega_{i+1}^2 = omega_i^2 Var[x_{i-1}] + Var[a_i]
        const next = branches[i + 1];
        if (next) expect(next.omega ** 2).toBeCloseTo(omega ** 2 * inputVariance + branchVariance, 4);
        // Behind a norm the stream has unit variance, so the chain is a sum of branch variances.
        if (i > 0) expect(inputVariance).toBeCloseTo(1, 2);
        expect(branchVariance).toBeGreaterThan(0.01);
      }
    }
  });

  it('takes no notice of pads that hold Infinity or NaN', async () => {
    const [model, broken] = [kinds.transformer({}), kinds.transformer({})];
    const batch = pair(1, 3);
    const expected = await profile(model, [batch]);
    const { table } = broken.sourceEmbedding;
    const values = Array.from(await table.value.data<'float32'>());
    const width = table.shape[1]!;
    const { padId } = broken.config;
    for (let d = 0; d < width; d++)
      values[padId * width + d] = d % 2 === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    table.assign(tf.tensor2d(values, [table.shape[0]!, width]));
    expect(Array.from(await batch.source.data())).toContain(padId);
    expect((await profile(broken, [batch])).stacks).toEqual(expected.stacks);
  });

  it('says by paths what was measured, and how', async () => {
    const model = kinds.transformer({ dropout: 0.1, method: admin({ shape: 'scalar' }) });
    const { stacks, ...provenance } = await profile(model, [pair(1, 3), pair(2)], { seed: 4 });
    expect(stacks.encoder!.map(({ path }) => path)).toEqual([
      'encoder.layers.0.selfAttention',
      'encoder.layers.0.feedForward',
      'encoder.layers.1.selfAttention',
      'encoder.layers.1.feedForward',
    ]);
    expect(stacks.decoder).toHaveLength(6);
    expect(provenance).toEqual({
      format: 'steadyformer-profile',
      version: 1,
      rule: 'reference',
      pads: 'masked',
      dropout: true,
      seed: 4,
      config: model.config,
      shapes: {
        encoder: [
          [4, 8, 16],
          [4, 8, 16],
        ],
        decoder: [
          [4, 7, 16],
          [4, 7, 16],
        ],
      },
      tokens: { encoder: [26, 32], decoder: [22, 28] },
    });
  });

  it('is a pure function of weights, batch and seed, and follows its schema', async () => {
    const model = kinds.transformer({ dropout: 0.2 });
    const batch = pair();
    const [one, two, other] = [
      await profile(model, [batch]),
      await profile(model, [batch]),
      await profile(model, [batch], { seed: 2 }),
    ];
    expect(two).toEqual(one);
    expect(other.stacks).not.toEqual(one.stacks);
    expect(checkProfile(JSON.parse(JSON.stringify(one)))).toEqual(one);
    const omega = await model.encoder.subLayers()[1]!.subLayer.omega!.variable.data();
    expect([...omega].every((x) => x === 1)).toBe(true);
  });

  it.each([
    ['a scalar', admin({ shape: 'scalar' })],
    ['constant', adminConstant()],
    ['a trained constant', adminConstant({ trainable: true })],
  ])('does not depend on the form of omega (%s)', async (_name, method) => {
    const [batch, vector] = [pair(), kinds.transformer({ dropout: 0.1 })];
    const made = await profile(kinds.transformer({ dropout: 0.1, method }), [batch]);
    expect(made.stacks).toEqual((await profile(vector, [batch])).stacks);
  });

  it("follows the paper's rule where asked: sums of branch variances at omega = 1", async () => {
    const [model, plain, batch] = [kinds.encoder(), kinds.encoder({ method: postLN() }), ids(4, 8, 1)];
    const made = await profile(model, [batch], { rule: 'paper', dropout: false });
    const variances: number[] = [];
    plain.call(batch, {
      probe: { branch: ({ branch }) => void variances.push(populationVariance(branch.dataSync())) },
    });
    let sum = 0;
    for (const [i, { omega, branchVariance }] of made.stacks.encoder!.entries()) {
      expect(branchVariance).toBeCloseTo(variances[i]!, 5);
      expect(omega).toBeCloseTo(i === 0 ? 1 : Math.sqrt(sum), 5);
      sum += variances[i]!;
    }
  });

  it('masks pads unless they shall count', async () => {
    const model = kinds.transformer();
    const batch = pair(1, 3);
    const masked = await profile(model, [batch], { dropout: false });
    const counted = await profile(model, [batch], { dropout: false, pads: 'counted' });
    expect(counted.tokens).toEqual(masked.tokens);
    // The embedding of a pad is zero: with pads counted the input varies less.
    expect(counted.stacks.encoder![0]!.inputVariance).toBeLessThan(
      0.9 * masked.stacks.encoder![0]!.inputVariance,
    );
    // A row without its pads measures the same.
    const alone = tf.slice(batch.source, [1, 0], [1, 5]);
    const row = tf.slice(batch.source, [1, 0], [1, 8]);
    const encoder = kinds.encoder();
    const [short, long] = [
      await profile(encoder, [alone], { dropout: false }),
      await profile(encoder, [row], { dropout: false }),
    ];
    for (const [i, omega] of flat(long).entries()) expect(omega).toBeCloseTo(flat(short)[i]!, 5);
  });

  it('gives means and standard errors over several batches', async () => {
    const model = kinds.transformer({ dropout: 0 });
    const batches = [pair(1), pair(2), pair(3)];
    const made = (await profile(model, batches)).stacks.encoder![1]!;
    const each = await Promise.all(
      batches.map(async (batch) => (await profile(model, [batch])).stacks.encoder![1]!.branchVariance),
    );
    const mean = (each[0]! + each[1]! + each[2]!) / 3;
    const deviation = Math.sqrt(each.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 2);
    expect(made.branchVariance).toBeCloseTo(mean, 6);
    expect(made.branchVarianceError).toBeCloseTo(deviation / Math.sqrt(3), 6);
    expect(made.branchVarianceError).toBeGreaterThan(1e-4);
  });

  it('is that of the training pass at the omegas it sets, pads counted and dropout on', async () => {
    const model = kinds.transformer({ dropout: 0.2 });
    const batch = pair(1, 3);
    const made = await adminInit(model, [batch], { pads: 'counted', seed: 9 });
    const random = randomStream(9).fork('profile').fork(0);
    const squares: Record<string, number[]> = { encoder: [1], decoder: [1] };
    model.call(batch, {
      training: true,
      random,
      probe: {
        branch: ({ place: { stack }, shortcut, branch }) => {
          const omegaSquare = squares[stack]!.at(-1)!;
          const input = populationVariance(shortcut.dataSync());
          squares[stack]!.push(omegaSquare * input + populationVariance(branch.dataSync()));
          return undefined;
        },
      },
    });
    for (const [stack, branches] of Object.entries(made.stacks)) {
      for (const [i, { omega }] of branches.entries()) {
        expect(omega ** 2 / squares[stack]![i]!).toBeCloseTo(1, 4);
      }
    }
  });

  it('takes a bare stack, such as one inside a tf.layers model', async () => {
    const { body } = new FeedForwardOnly({ width: 16, hidden: 32, depth: 3 });
    const stream = tf.tensor3d(randomStream(5).normal(96), [2, 3, 16]);
    const made = await adminInit(asStacked(body), [stream]);
    expect(made).toMatchObject({ config: null, tokens: {}, shapes: { stack: [[2, 3, 16]] } });
    expect(made.stacks.stack!.map(({ path }) => path)).toContain('stack.layers.2.feedForward');
    const [omega] = await body.layers[2]!.feedForward!.omega!.variable.data();
    expect(omega).toBeCloseTo(made.stacks.stack![2]!.omega, 6);
  });
});

const populationVariance = (values: ArrayLike<number>): number => {
  const numbers = Array.from(values);
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  return numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
};
