import {
  encoder,
  languageModel,
  postLN,
  preLN,
  type Residual,
  type ResidualMethod,
  selectBackend,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { layerEffectiveness } from './layerEffectiveness';
import { zipfTokens } from './zipf';

beforeAll(async () => {
  await selectBackend('wasm');
});

const sizes = { vocabulary: 30, width: 8, heads: 2, depth: 3 };
const ids = () => zipfTokens({ sentences: 2, length: 5, vocabulary: 30 });

/** Pre-LN whose branches are multiplied by what `factor` says of their number. */
const scaledBy = (factor: (index: number) => number): ResidualMethod => ({
  name: 'scaled',
  options: {},
  plan: (place) => {
    const { residual } = preLN().plan(place);
    const branchScale: Residual['branchScale'] = { kind: 'constant', value: factor(place.index) };
    return { residual: { ...residual, branchScale } };
  },
});

describe('layerEffectiveness', () => {
  it('is none of a branch that adds nothing, and all of one that turns the stream about', async () => {
    const model = encoder({ ...sizes, method: scaledBy((i) => (i === 1 ? 0 : i === 4 ? 1e4 : 1)) });
    const batch = ids();
    const before = tf.memory().numTensors;
    const { encoder: layers } = await layerEffectiveness(model, batch);
    expect(tf.memory().numTensors).toBe(before);
    expect(layers!.map(({ path, depth }) => [path, depth])[1]).toEqual(['encoder.layers.0.feedForward', 2]);
    expect(layers![1]).toMatchObject({ angle: 0, influence: 0, outputChange: 0 });
    for (const i of [0, 2, 3]) {
      expect(layers![i]!.angle).toBeGreaterThan(0.01);
      expect(layers![i]!.outputChange).toBeGreaterThan(0.01);
    }
    // What the branch adds knows nothing of the stream: a right angle on average.
    expect(layers![4]!.angle).toBeGreaterThan(0.3);
    expect(layers![4]!.outputChange).toBeGreaterThan(layers![3]!.outputChange);
    batch.dispose();
    model.dispose();
  });

  it('is the angle and the influence of their definitions, and the change of a shallower model', async () => {
    const model = encoder({ ...sizes, depth: 1, method: postLN() });
    const x = tf.randomNormal<tf.Rank.R3>([2, 3, 8], 0, 1, 'float32', 3);
    let [streams, without]: [number[][], number[]] = [[], []];
    const y = model.call(x, {
      probe: {
        join: ({ shortcut, output }) => {
          streams = [Array.from(shortcut.dataSync()), Array.from(output.dataSync())];
        },
      },
    });
    without = Array.from(
      model.call(x, { probe: { leavesOut: (path) => path.endsWith('feedForward') } }).dataSync(),
    );
    const tokens = Array.from({ length: 6 }, (_, t) => streams.map((s) => s.slice(8 * t, 8 * t + 8)));
    const dot = (a: number[], b: number[]): number => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
    const cosines = tokens.map(([a, b]) => dot(a!, b!) / Math.sqrt(dot(a!, a!) * dot(b!, b!)));
    const mean = (values: number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
    const whole = Array.from(y.dataSync());
    const difference = whole.map((each, i) => without[i]! - each);
    const { encoder: layers } = await layerEffectiveness(model, x);
    expect(layers![1]!.angle).toBeCloseTo(mean(cosines.map((each) => Math.acos(each) / Math.PI)), 5);
    expect(layers![1]!.influence).toBeCloseTo(mean(cosines.map((each) => 1 - each)), 5);
    expect(layers![1]!.outputChange).toBeCloseTo(
      Math.sqrt(dot(difference, difference) / dot(whole, whole)),
      5,
    );
    tf.dispose([x, y]);
    model.dispose();
  });

  it('of blocks leaves out all their branches, in every stack, and reports the loss', async () => {
    const model = transformer({ ...sizes, padId: 1, depth: 2, method: preLN() });
    const batch = { source: ids(), target: ids() };
    const seen: number[] = [];
    const found = await layerEffectiveness(model, batch, {
      level: 'block',
      loss: (inputs, context) => tf.tidy(() => tf.mean(tf.square(model.call(inputs, context)))),
      onLayer: (done, total) => seen.push(done / total),
    });
    expect(seen).toEqual([0.25, 0.5, 0.75, 1]);
    expect(found.decoder!.map(({ path, depth }) => [path, depth])).toEqual([
      ['decoder.layers.0', 1],
      ['decoder.layers.1', 2],
    ]);
    const left = model.call(batch, { probe: { leavesOut: (path) => path.startsWith('encoder.layers.1.') } });
    const whole = model.call(batch);
    const of = (y: tf.Tensor): number => tf.tidy(() => tf.mean(tf.square(y)).dataSync()[0]!);
    expect(found.encoder![1]!.lossChange).toBeCloseTo(of(left) - of(whole), 5);
    tf.dispose([left, whole, batch as unknown as tf.TensorContainer]);
    model.dispose();
  });

  it('leaves pads out', async () => {
    const model = languageModel({ ...sizes, padId: 1, method: preLN() });
    const angles = async (rows: number[][]): Promise<number[]> => {
      const batch = tf.tensor2d(rows, undefined, 'int32');
      const { decoder } = await layerEffectiveness(model, batch);
      batch.dispose();
      return decoder!.flatMap(({ angle, outputChange }) => [angle, outputChange]);
    };
    const [padded, bare] = [await angles([[5, 6, 7, 1, 1]]), await angles([[5, 6, 7]])];
    for (const [i, value] of padded.entries()) expect(value).toBeCloseTo(bare[i]!, 5);
    model.dispose();
  });

  it('refuses what it does not know', async () => {
    const model = encoder({ ...sizes, method: preLN() });
    const batch = ids();
    await expect(layerEffectiveness(model, batch, { level: 'layer' as never })).rejects.toThrow(
      "layerEffectiveness() level: received 'layer', allowed 'subLayer', 'block'.",
    );
    await expect(layerEffectiveness(model, batch, { loss: 3 as never })).rejects.toThrow('loss: received 3');
    await expect(layerEffectiveness({} as never, batch)).rejects.toThrow(
      'layerEffectiveness() model: received',
    );
    batch.dispose();
    model.dispose();
  });
});
