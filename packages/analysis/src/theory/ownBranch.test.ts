import {
  type Branch,
  encoder,
  Linear,
  Module,
  postLN,
  type RandomStream,
  selectBackend,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { measureBranches } from '../measure/branches';
import { outputChange } from '../measure/outputChange';
import { zipfTokens } from '../measure/zipf';
import { predict } from './predict';

const sizes = { vocabulary: 20, width: 8, heads: 2, depth: 2, method: postLN() };

beforeAll(async () => {
  await selectBackend('cpu');
});

/** A branch of the user's own: two maps in a row, of which nothing but the weights is known. */
class Twice extends Module implements Branch {
  readonly first: Linear;
  readonly second: Linear;

  constructor(width: number, random: RandomStream) {
    super();
    this.first = new Linear({ inputs: width, outputs: 2 * width }, {}, random.fork('first'));
    this.second = new Linear({ inputs: 2 * width, outputs: width }, {}, random.fork('second'));
  }

  call(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => this.second.call(tf.relu(this.first.call(x))));
  }
}

describe('predict(model, { ...measured, perturbation }) with a branch of one’s own', () => {
  const own = () =>
    encoder({ ...sizes, width: 64, depth: 4, block: ['selfAttention', 'twice'] }, 3, {
      twice:
        () =>
        ({ width, random }) =>
          new Twice(width, random),
    });

  it.each([
    { kind: 'sign', size: 1e-4, embedding: true } as const,
    { kind: 'gaussian', ratio: 1e-3, embedding: true } as const,
  ])('comes within a fifth of the measurement ($kind)', async (perturbation) => {
    const network = own();
    const ids = zipfTokens({ sentences: 4, length: 16, vocabulary: 20 });
    const { embedding: _, ...change } = perturbation;
    const seeds = [1, 2, 3, 4];
    const measured = (await outputChange(network, ids, { change, seeds })).encoder!.at(-1)!.change.mean;
    const branches = await measureBranches(network, ids);
    const { encoder: predicted } = await predict(network, { ...branches, perturbation });
    const ratio = predicted!.outputChange.at(-1)!.change / measured;
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.25);
    tf.dispose(ids);
    network.dispose();
  });

  it('takes a C_i that is given, which the message names where the weights do not tell', async () => {
    const network = own();
    const perturbation = { kind: 'sign', size: 1e-4 } as const;
    const path = 'encoder.layers.0.twice';
    const { weight } = (network.at(`${path}.branch.first`) as Linear) ?? {};
    weight.assign(tf.zerosLike(weight.value));
    const failed = predict(network, {
      variances: Object.fromEntries(paths(network).map((p) => [p, 1])),
      perturbation,
    });
    await expect(failed).rejects.toThrow(`predict(model, { changes: { '${path}': C } })`);
    const variances = Object.fromEntries(paths(network).map((p) => [p, 1]));
    const { encoder: predicted } = await predict(network, {
      variances,
      changes: { [path]: 0.5 },
      perturbation,
    });
    expect(predicted!.branches.find((branch) => branch.path === path)!.change).toBe(0.5);
    network.dispose();
  });
});

const paths = (network: ReturnType<typeof encoder>): string[] =>
  network.encoder
    .subLayers()
    .filter(({ subLayer }) => subLayer.place.kind === 'twice')
    .map(({ path }) => `encoder.${path}`);
