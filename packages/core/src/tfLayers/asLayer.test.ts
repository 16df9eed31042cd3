import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { noise, read } from '../../testing/numbers';
import type { Context } from '../context/context';
import { encoderBlock } from '../models/blocks';
import { randomStream } from '../random/random';
import { admin } from '../residual/methods/admin';
import { Stack } from '../residual/stack';
import { Module, vectorParameter } from '../state/module';
import { asLayer, type ModuleLayer, registerModules } from './asLayer';

const [B, T, D] = [4, 3, 8];
const config = { width: D, heads: 2, feedForward: 16, depth: 2, method: { name: 'admin' } };
const description = { factory: 'encoder', config };
const stack = (dropout = 0): Stack => {
  const block = encoderBlock({ width: D, heads: 2, feedForward: 16 });
  return new Stack({ name: 'encoder', width: D, depth: 2, block, method: admin(), dropout }, randomStream(1));
};
const input = (): tf.Tensor3D => tf.tensor3d(noise(B * T * D, 1), [B, T, D]);
const sequential = (layer: ModuleLayer): tf.Sequential => {
  const model = tf.sequential({ layers: [layer, tf.layers.dense({ units: 2 })] });
  model.compile({ loss: 'meanSquaredError', optimizer: tf.train.adam(0.01) });
  return model;
};
const predict = (model: tf.LayersModel, x: tf.Tensor): number[] =>
  tf.tidy(() => read(model.predict(x) as tf.Tensor));

/** A module of the user's own: widens the stream. */
class Widen extends Module {
  readonly scale;
  constructor(readonly times: number) {
    super();
    this.scale = vectorParameter(Float32Array.from([2]));
  }
  call(x: tf.Tensor3D, _context: Context): tf.Tensor3D {
    return tf.tidy(() => tf.mul(tf.tile(x, [1, 1, this.times]), this.scale.value));
  }
}

onBackends(() => {
  describe('asLayer', () => {
    it('computes what its module computes, with its weights, shapes and counts', () => {
      const module = stack();
      const layer = asLayer(module, { inputShape: [T, D] });
      const model = sequential(layer);
      const x = input();
      const inside = tf.tidy(() => read(layer.apply(x) as tf.Tensor));
      expect(inside).toEqual(tf.tidy(() => read(module.call(x, {}))));
      expect(layer.outputShape).toEqual([null, T, D]);
      expect(layer.countParams()).toBe(module.parameterCount());
      const lines: string[] = [];
      model.summary(undefined, undefined, (line: string) => lines.push(line));
      expect(lines.join('\n')).toContain(`[null,${T},${D}]`);
      expect(lines.join('\n')).toContain(`Total params: ${module.parameterCount() + 2 * D + 2}`);
      x.dispose();
      model.dispose();
    });

    it('is trained by fit: the module moves, the loss falls, no tensor stays', async () => {
      const module = stack(0.1);
      const model = sequential(asLayer(module, { inputShape: [T, D] }));
      const [x, y] = [input(), tf.zeros([B, T, 2])];
      const before = module.parameters().map(({ parameter }) => read(parameter.value));
      await model.fit(x, y, { epochs: 1, verbose: 0 });
      const tensors = tf.memory().numTensors;
      const { history } = await model.fit(x, y, { epochs: 10, verbose: 0 });
      expect(tf.memory().numTensors).toBe(tensors);
      expect(history.loss!.at(-1)).toBeLessThan(0.8 * (history.loss![0] as number));
      for (const [i, { path, parameter }] of module.parameters().entries()) {
        expect(read(parameter.value), path).not.toEqual(before[i]);
      }
      tf.dispose([x, y]);
    });

    it('leaves what is frozen alone', async () => {
      const module = stack();
      const layer = asLayer(module, { inputShape: [T, D] });
      layer.trainable = false;
      const model = sequential(layer);
      expect(model.trainableWeights).toHaveLength(2);
      const before = module.parameters().map(({ parameter }) => read(parameter.value));
      const [x, y] = [input(), tf.zeros([B, T, 2])];
      await model.fit(x, y, { epochs: 2, verbose: 0 });
      expect(module.parameters().map(({ parameter }) => read(parameter.value))).toEqual(before);
      tf.dispose([x, y]);
      model.dispose();
    });

    it('frees everything with its model', () => {
      const before = tf.memory().numTensors;
      const model = tf.sequential({ layers: [asLayer(stack(), { inputShape: [T, D] })] });
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it('drops out in training only, otherwise on every call, and the same again from the same seed', () => {
      const x = input();
      const run = (layer: ModuleLayer, training: boolean) =>
        tf.tidy(() => read(layer.apply(x, { training }) as tf.Tensor));
      const [layer, twin] = [asLayer(stack(0.5), { seed: 3 }), asLayer(stack(0.5), { seed: 3 })];
      const [first, second] = [run(layer, true), run(layer, true)];
      expect(second).not.toEqual(first);
      expect([run(twin, true), run(twin, true)]).toEqual([first, second]);
      expect(run(layer, false)).toEqual(run(twin, false));
      x.dispose();
    });

    it.each<[string, () => ModuleLayer]>([
      ['the built-in encoder', () => asLayer(description, { inputShape: [T, D] })],
      [
        "a user's own module",
        () => {
          registerModules({ widen: ({ times }) => new Widen(Number(times)) });
          return asLayer({ factory: 'widen', config: { times: 3 } }, { inputShape: [T, D] });
        },
      ],
    ])('%s is saved and loaded after training', async (_name, make) => {
      const model = sequential(make());
      const [x, y] = [input(), tf.zeros([B, T, 2])];
      await model.fit(x, y, { epochs: 2, verbose: 0 });
      let saved: tf.io.ModelArtifacts | undefined;
      await model.save(
        tf.io.withSaveHandler(async (artifacts) => {
          saved = artifacts;
          return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
        }),
      );
      const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
      expect(predict(loaded, x)).toEqual(predict(model, x));
      expect(loaded.countParams()).toBe(model.countParams());
      tf.dispose([x, y]);
      model.dispose();
      loaded.dispose();
    });
  });
});

describe('asLayer', () => {
  it('knows the width of a module that changes it', () => {
    const layer = asLayer(new Widen(3), { inputShape: [T, D] });
    tf.sequential({ layers: [layer] });
    expect(layer.outputShape).toEqual([null, T, 3 * D]);
  });

  it('hides pads that an embedding masks', async () => {
    await tf.setBackend('cpu');
    const layer = asLayer(stack());
    const ids = tf.input({ shape: [null] });
    const embed = tf.layers.embedding({ inputDim: 9, outputDim: D, maskZero: true });
    const model = tf.model({ inputs: ids, outputs: layer.apply(embed.apply(ids)) as tf.SymbolicTensor });
    const short = predict(model, tf.tensor2d([[4, 7]]));
    const padded = predict(model, tf.tensor2d([[4, 7, 0, 0]])).slice(0, 2 * D);
    for (const [i, value] of short.entries()) expect(padded[i]).toBeCloseTo(value, 5);
  });

  it('says what is wrong', () => {
    expect(() => asLayer({ factory: 'encodr', config })).toThrow(
      "unknown factory 'encodr', did you mean 'encoder'? Allowed: encoder",
    );
    expect(() => asLayer(stack(), { sed: 1 } as object)).toThrow("did you mean 'seed'");
    expect(() => asLayer({ factory: 'encoder', config: { ...config, head: 2 } })).toThrow(
      "did you mean 'heads'",
    );
    expect(() => tf.sequential({ layers: [asLayer(stack(), { inputShape: [D] })] })).toThrow(
      'expected [batch, tokens, width]',
    );
    for (const inputShape of [[null, 0], [Number.NaN, D], ['x', D], [4, null], [1, 2, 3], 'xy'] as never[]) {
      expect(() => asLayer(stack(), { inputShape })).toThrow('asLayer() inputShape: received');
    }
    for (const name of ['', '__proto__', ['x']] as never[])
      expect(() => asLayer(stack(), { name })).toThrow('asLayer() name: received');
    expect(() => asLayer(stack(), { seed: Number.NaN })).toThrow('asLayer() seed: received NaN');
    for (const factory of [Symbol('x'), ['encoder']] as never[])
      expect(() => asLayer({ factory, config })).toThrow('asLayer() factory: received');
    const circle: Record<string, unknown> = { ...config };
    circle.self = circle;
    expect(() => asLayer({ factory: 'encoder', config: circle })).toThrow('an object that JSON can hold');
    for (const sizes of [{ width: 4e9 }, { depth: 1e9 }, { feedForward: 1e15 }])
      expect(() => asLayer({ factory: 'encoder', config: { ...config, ...sizes } })).toThrow('up to 2^30');
    expect(() => asLayer(stack()).getConfig()).toThrow('came without a description');
  });
});
