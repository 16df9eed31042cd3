import {
  type LanguageModel,
  languageModel,
  preLN,
  selectBackend,
  softmaxCrossEntropy,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { coordinateFigure } from '../figures/coordinates';
import { type CoordinateBuild, type CoordinateSubject, coordinateCheck } from './coordinateCheck';

beforeAll(async () => {
  await selectBackend('wasm');
});

const VOCABULARY = 12;
const PAD = 1;
const ROWS = [
  [4, 5, 6, 7, 8],
  [9, 10, 11, PAD, PAD],
];

interface Language extends CoordinateSubject<tf.Tensor2D> {
  readonly model: LanguageModel;
}

const build = (depth: number, width: number, seed: number): Language => {
  const options = { vocabulary: VOCABULARY, padId: PAD, width, heads: 2, depth, method: preLN() };
  const model = languageModel(options, seed);
  const loss = (ids: tf.Tensor2D, context: object): tf.Scalar => {
    const logits = tf.reshape<tf.Rank.R2>(model.call(ids, context), [-1, VOCABULARY]);
    return tf.mean<tf.Scalar>(softmaxCrossEntropy(logits, tf.reshape(ids, [-1]), 0).loss);
  };
  return { model, batch: tf.tensor2d(ROWS, [2, 5], 'int32'), loss };
};

/** Root mean square of the difference of logits, over real tokens: the pads are the last two of the second row. */
const apart = (one: tf.Tensor3D, other: tf.Tensor3D): number => {
  const [a, b] = [one.dataSync(), other.dataSync()];
  let sum = 0;
  for (let i = 0; i < 8 * VOCABULARY; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum / a.length);
};

describe('coordinateCheck', () => {
  it('measures what the first step of Adam moves: the signs of the gradient times the rate', async () => {
    const learningRate = 1e-3;
    const { points } = await coordinateCheck(build, {
      depths: [2],
      widths: [8],
      updates: [0, 1],
      learningRate,
    });
    const { model, batch, loss } = build(2, 8, 1);
    const parameters = model.parameters();
    const variables = parameters.map(({ parameter }) => parameter.variable);
    const before = model.call(batch);
    const { grads } = tf.variableGrads(() => loss(batch, {}), variables);
    for (const { parameter } of parameters) {
      // Adam divides by |g| + epsilon: keys' biases have no gradient and stay.
      const gradient = grads[parameter.variable.name]!;
      const direction = tf.div(gradient, tf.add(tf.abs(gradient), 1e-8));
      parameter.assign(tf.sub(parameter.value, tf.mul(direction, learningRate)));
    }
    const expected = apart(model.call(batch), before);
    const output = points.filter(({ path }) => path === 'output');
    expect(output.map(({ update }) => update)).toEqual([0, 1]);
    expect(output[0]!.change).toBe(0);
    expect(output[0]!.size).toBeCloseTo(apart(before, tf.zerosLike(before)), 4);
    expect(output[1]!.change / expected).toBeCloseTo(1, 2);
    const blocks = points.filter(({ update, path }) => update === 1 && path !== 'output');
    expect(blocks.map(({ path }) => path)).toEqual(['decoder.layers.0', 'decoder.layers.1']);
    expect(blocks.every(({ change }) => change > 0)).toBe(true);
  });

  it('goes over depths, widths and seeds, fits powers of the depth, leaves no tensor, and is drawn', async () => {
    const { numTensors } = tf.memory();
    const told: string[] = [];
    const check = await coordinateCheck(build, {
      depths: [1, 2, 4],
      widths: [4, 8],
      updates: [0, 2],
      seeds: [1, 2],
      onNetwork: (done, total) => told.push(`${done}/${total}`),
    });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(told).toHaveLength(12);
    expect(told.at(-1)).toBe('12/12');
    // Blocks and the output, twice.
    expect(check.points).toHaveLength(2 * 2 * 2 * (2 + 3 + 5));
    expect(check.growth).toHaveLength(4);
    const means = [1, 2, 4].map((depth) => {
      const own = check.points.filter(
        (each) => each.depth === depth && each.width === 8 && each.update === 2 && each.path === 'output',
      );
      return own.reduce((sum, { change }) => sum + change, 0) / own.length;
    });
    // The slope through three evenly spaced abscissae is that of the ends.
    const slope = Math.log(means[2]! / means[0]!) / Math.log(4);
    const found = check.growth.find((each) => each.width === 8 && each.of === 'output')!;
    expect(found.exponent).toBeCloseTo(slope, 6);

    const { data } = coordinateFigure({ preLN: check }) as unknown as {
      readonly data: { readonly values: readonly { readonly label: string; readonly change: number }[] };
    };
    expect(new Set(data.values.map(({ label }) => label))).toEqual(
      new Set(['2 updates, width 4', '2 updates, width 8']),
    );
    expect(data.values).toHaveLength(check.points.length / 2);
  });

  it("trains groups of the caller's own as they say", async () => {
    const options = { depths: [1], widths: [8], updates: [1] } as const;
    const changeOf = async (own: CoordinateBuild<tf.Tensor2D>, rateFactor?: number): Promise<number> => {
      const { points } = await coordinateCheck(own, {
        ...options,
        ...(rateFactor === undefined
          ? {}
          : { groups: (model) => [{ parameters: model.parameters(), rateFactor }] }),
      });
      return points.find(({ path }) => path === 'output')!.change;
    };
    const [whole, tenth] = [await changeOf(build), await changeOf(build, 0.1)];
    expect(whole / tenth).toBeGreaterThan(8);
    expect(whole / tenth).toBeLessThan(12);
  });

  it('says what it does not take, and frees a model whose loss fails', async () => {
    await expect(coordinateCheck(build, { depths: [2, 1] })).rejects.toThrow('coordinateCheck() depths');
    await expect(coordinateCheck(build, { depths: [1], learningRate: 0 })).rejects.toThrow('learningRate');
    const { numTensors } = tf.memory();
    const failing = (depth: number, width: number, seed: number): Language => ({
      ...build(depth, width, seed),
      loss: () => {
        throw new Error('no loss');
      },
    });
    await expect(coordinateCheck(failing, { depths: [1], widths: [8], updates: [1] })).rejects.toThrow(
      'no loss',
    );
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
