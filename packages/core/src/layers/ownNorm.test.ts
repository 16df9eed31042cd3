import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { largest, maxError, noise, read } from '../../testing/numbers';
import { lossAndGradient } from '../autodiff/gradients';
import { fromConfig } from '../models/fromConfig';
import { type LanguageModel, languageModel } from '../models/languageModel';
import { Optimizer } from '../optim/optimizer';
import { sgd } from '../optim/sgd';
import { ONE, type ResidualMethod } from '../residual/residual';
import { constantParameter, Module, type Parameter } from '../state/module';
import { loadStateDict, stateDict } from '../state/parameters';
import { initialWeights } from '../summary/initialWeights';
import { summary } from '../summary/summary';
import { LayerNorm } from './layerNorm';
import { type NormFactory, type NormSpec, normOf } from './norm';

/** The user's own: tokens without their mean, times a trained gain. */
class Centred extends Module {
  readonly gain: Parameter<tf.Rank.R1>;

  constructor(width: number) {
    super();
    this.gain = constantParameter([width], 1.5);
  }

  call(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => tf.mul(tf.sub(x, tf.mean(x, -1, true)), this.gain.value));
  }
}

const centred: NormFactory = { name: 'centred', make: (width) => new Centred(width) };

/** A norm of a name in JSON, which the method's own table turns into a record's. */
const normed = ({ norm = 'centred' }: { readonly norm?: string } = {}): ResidualMethod => ({
  name: 'normed',
  options: { norm },
  plan: ({ kind }) => {
    const spec: NormSpec = norm === 'centred' ? centred : (norm as NormSpec);
    return {
      residual:
        kind === 'feedForward'
          ? { before: spec, inside: spec, shortcutScale: ONE, branchScale: ONE }
          : { after: spec, shortcutScale: ONE, branchScale: ONE },
      branchOptions: { innerNorm: spec },
    };
  },
});

const sizes = { vocabulary: 11, width: 8, heads: 2, feedForward: 12, depth: 1 };
const ids = (): tf.Tensor2D => tf.tensor2d([2, 3, 4, 5, 6, 7], [2, 3], 'int32');
const PATHS = [
  'decoder.layers.0.selfAttention.branch.innerNorm.gain',
  'decoder.layers.0.selfAttention.after.gain',
  'decoder.layers.0.feedForward.branch.innerNorm.gain',
  'decoder.layers.0.feedForward.before.gain',
  'decoder.layers.0.feedForward.inside.gain',
  'decoder.finalNorm.gain',
];

onBackends(() => {
  describe("a norm of the user's own", () => {
    it.each([false, true])('trains wherever it stands (checkpointing %s)', (checkpointing) => {
      const model = languageModel({ ...sizes, method: normed() });
      const parameters = model.parameters();
      const optimizer = new Optimizer(parameters, sgd());
      const input = ids();
      const weights = tf.tensor3d(noise(66, 1), [2, 3, 11]);
      const before = tf.memory().numTensors;
      const { loss, gradient } = lossAndGradient(parameters, () =>
        tf.sum<tf.Scalar>(tf.mul(model.call(input, { training: true, checkpointing }), weights)),
      );
      expect(tf.memory().numTensors).toBe(before + 2);
      let from = 0;
      const moved: string[] = [];
      for (const { path, parameter } of parameters) {
        if (largest(read(gradient).slice(from, from + parameter.size)) > 0) moved.push(path);
        from += parameter.size;
      }
      expect(moved).toEqual(expect.arrayContaining(PATHS));
      optimizer.step(gradient, 0.1);
      const after = Object.fromEntries(
        parameters.map(({ path, parameter }) => [path, read(parameter.value)]),
      );
      for (const path of PATHS) expect(after[path], path).not.toContain(1.5);
      tf.dispose([loss, gradient, input, weights]);
      optimizer.dispose();
      model.dispose();
    });

    it('is what runs, also where it extends a built-in one', () => {
      class Doubled extends LayerNorm {
        override call<R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> {
          return tf.tidy(() => tf.mul<tf.Tensor<R>>(super.call(x), 2));
        }
      }
      const of = (after: NormSpec): LanguageModel =>
        languageModel({
          ...sizes,
          method: {
            name: 'own',
            options: {},
            plan: () => ({ residual: { after, shortcutScale: ONE, branchScale: ONE } }),
          },
        });
      const [own, plain] = [of({ name: 'doubled', make: (width) => new Doubled(width) }), of('layer')];
      const input = ids();
      const output = own.decode(input);
      // The last norm alone: the ones before it are normed away only nearly.
      const last = plain.decoder.subLayers().at(-1)!.subLayer;
      for (const { subLayer } of plain.decoder.subLayers()) {
        (subLayer.after as LayerNorm).gain.assign(tf.fill([8], 2));
      }
      expect(last.after).toBeInstanceOf(LayerNorm);
      const expected = plain.decode(input);
      expect(maxError(read(output), read(expected))).toBeLessThan(1e-5);
      tf.dispose([input, output, expected]);
      own.dispose();
      plain.dispose();
    });
  });
});

describe("a norm of the user's own in files and summaries", () => {
  it('is saved and loaded by path', async () => {
    const model = languageModel({ ...sizes, method: normed() });
    (model.at('decoder.finalNorm') as Centred).gain.assign(tf.range(0, 8));
    const state = await stateDict(model);
    expect(Object.keys(state)).toEqual(expect.arrayContaining(PATHS));
    const config = JSON.parse(JSON.stringify(model.config)) as typeof model.config;
    expect(config.decoder.method).toEqual({ name: 'normed', options: { norm: 'centred' } });
    const again = fromConfig(config, { seed: 9, methods: { normed } });
    loadStateDict(again, state);
    const input = ids();
    const [a, b] = [model.call(input), again.call(input)];
    expect(read(b)).toEqual(read(a));
    expect(read((again.at('decoder.finalNorm') as Centred).gain.value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    tf.dispose([input, a, b]);
    model.dispose();
    again.dispose();
  });

  it('has its name in the formula, and its weights in the table', async () => {
    const model = languageModel({ ...sizes, method: normed() });
    const { rows } = await summary(model);
    expect(rows.slice(1, 4).map(({ formula, notes }) => [formula, ...notes])).toEqual([
      ["x' = centred(x + f(x))", 'f(x) = W_O centred(heads(x))'],
      ["x' = x + centred(f(centred(x)))", 'f(x) = W_2 centred(relu(W_1 x))'],
      ["x' = centred(x)"],
    ]);
    const starts = initialWeights(model).filter(({ path }) => PATHS.includes(path));
    expect(starts.map(({ path, by, initial }) => [path, by, initial])).toEqual(
      PATHS.map((path) => [path, 'normed', { kind: 'constant', value: 1.5 }]),
    );
    model.dispose();
  });

  it('may be a kind by name instead', async () => {
    const model = languageModel({ ...sizes, method: normed({ norm: 'rms' }) });
    const { rows } = await summary(model);
    expect(rows[1]!.formula).toBe("x' = RMSNorm(x + f(x))");
    expect(rows[1]!.notes).toEqual(['f(x) = W_O RMSNorm(heads(x))']);
    model.dispose();
  });
});

describe('normOf', () => {
  it('makes what the factory makes, for the width', () => {
    const norm = normOf(centred, 3) as Centred;
    expect(norm).toBeInstanceOf(Centred);
    expect(norm.gain.shape).toEqual([3]);
    expect(read(norm.call(tf.tensor3d([1, 2, 6], [1, 1, 3])))).toEqual([-3, -1.5, 4.5]);
    norm.dispose();
  });

  it.each<[string, unknown, string]>([
    [
      'an unknown kind',
      'batch',
      "norm: received 'batch', allowed 'layer', 'rms', 'scale'. Or an object: dynamicTanh(), or your own { name, make(width) } of a Module with call(x).",
    ],
    ['a name of every object', 'constructor', "norm: received 'constructor', allowed"],
    ['a class that is not called', Centred, 'norm: received the function Centred, allowed'],
    ['a norm in place of its factory', { gain: 1 }, 'norm: received {"gain":1}, allowed'],
    ['a maker that is no function', { name: 'f', make: 3 }, 'norm: received {"name":"f","make":3}, allowed'],
    [
      'a factory without a name',
      { make: () => new Centred(8) },
      'norm: received {"make":the function make}, allowed',
    ],
    [
      'a function in place of a norm',
      { name: 'f', make: () => (x: tf.Tensor) => x },
      'norm: received the function',
    ],
    [
      'nothing',
      { name: 'f', make: () => undefined },
      'norm: received {"name":"f","make":the function make}, allowed',
    ],
    ['a plain object', { name: 'f', make: () => ({ call: (x: tf.Tensor) => x }) }, 'norm: received {'],
    [
      'a module without call',
      { name: 'f', make: () => new (class Odd extends Module {})() },
      'norm: received',
    ],
  ])('refuses %s, leaving no tensor', (_name, norm, message) => {
    const method = normed({ norm: norm as string });
    const make = () => languageModel({ ...sizes, method: { ...method, options: {} } });
    const left = leftovers(() => {
      expect(make).toThrow(message);
      return [];
    });
    expect(left).toBe(0);
    expect(() => normOf(norm as NormSpec, 8)).toThrow(message);
  });
});
