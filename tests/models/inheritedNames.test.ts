import { adminInit, initialize, type Profile, profile } from '@steadyformer/admin-init';
import {
  dependency,
  gradientNorms,
  measureBranches,
  outputChange,
  predict,
  watch,
} from '@steadyformer/analysis';
import {
  admin,
  type Context,
  encoderBlock,
  Module,
  randomStream,
  Stack,
  type Stacked,
  scope,
  selectBackend,
  stateDict,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(async () => {
  await selectBackend('cpu');
});

/** A model of one's own whose only stack has any name, and which tells no pads. */
class Own extends Module implements Stacked<tf.Tensor3D> {
  readonly parts: Readonly<Record<string, Stack>>;

  constructor(private readonly name: string) {
    super();
    const block = encoderBlock({ width: 8, heads: 2, feedForward: 16 });
    const stack = new Stack({ name: 'encoder', width: 8, depth: 2, block, method: admin() }, randomStream(1));
    this.parts = Object.fromEntries([[name, stack]]);
  }

  private get stack(): Stack {
    return Object.values(this.parts)[0]!;
  }

  stacks(): Readonly<Record<string, Stack>> {
    return this.parts;
  }

  tokenMasks(): Readonly<Record<string, tf.Tensor2D>> {
    return {};
  }

  call(x: tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    return this.stack.call(x, scope(context, this.name));
  }
}

const NAMES = ['constructor', '__proto__', 'toString', 'valueOf'] as const;

/** Values alone, in order: names and paths differ by the stack's name. */
const numbersOf = (value: unknown): readonly number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(numbersOf)
      : [];

describe('a stack under a name that every object inherits', () => {
  const batch = () => tf.tensor3d(randomStream(2).normal(2 * 4 * 8), [2, 4, 8]);

  const lossOf = (model: Own) => (x: tf.Tensor3D, context: Context) =>
    tf.sum<tf.Scalar>(tf.square(tf.sub(model.call(x, context), 1)));

  /** Everything that is said of a model by its stacks. */
  const said: Readonly<Record<string, (model: Own, x: tf.Tensor3D) => unknown>> = {
    profile: (model, x) => profile(model, [x]),
    adminInit: (model, x) => adminInit(model, [x]),
    measureBranches: (model, x) => measureBranches(model, x),
    predict: async (model, x) => predict(model, await measureBranches(model, x)),
    dependency: (model, x) => dependency(model, x),
    // Random changes are drawn by a parameter's path; a gradient step is the same under any.
    outputChange: (model, x) =>
      outputChange(model, x, { change: { kind: 'gradient', size: 1e-2, loss: lossOf(model) } }),
    gradientNorms: (model, x) => gradientNorms(model, x, lossOf(model)),
    watch: async (model, x) => {
      const watcher = watch(model, { every: 1 });
      model.call(x, watcher.context(1)).dispose();
      watcher.before(1);
      for (const { parameter } of model.parameters())
        tf.tidy(() => parameter.assign(tf.mul(parameter.value, 1.01)));
      const report = await watcher.after(1);
      watcher.dispose();
      return report;
    },
    'initialize, from JSON,': async (model, x) => {
      const written: Profile = JSON.parse(JSON.stringify(await profile(model, [x], { seed: 3 })));
      initialize(model, written);
      const state = await stateDict(model);
      return model.parameters().map(({ path }) => Array.from(state[path]!.data));
    },
  };

  it.each(Object.keys(said))('%s says the same as under another name', async (name) => {
    const run = async (own: string): Promise<readonly number[]> => {
      const [model, x] = [new Own(own), batch()];
      const numbers = numbersOf(await said[name]!(model, x));
      model.dispose();
      x.dispose();
      return numbers;
    };
    const expected = await run('plain');
    expect(expected.length).toBeGreaterThan(3);
    for (const own of NAMES) expect(await run(own)).toEqual(expected);
  });
});

describe('a profile with a stack that the model lacks', () => {
  it.each(NAMES)('is refused, also where it is called %s', async (name) => {
    const [model, x] = [new Own('plain'), tf.ones<tf.Rank.R3>([1, 2, 8])];
    const { stacks, ...rest } = await profile(model, [x]);
    const wrong = { ...rest, stacks: Object.fromEntries([...Object.entries(stacks), [name, stacks.plain!]]) };
    expect(() => initialize(model, wrong)).toThrow('initialize(): the profile belongs to');
    model.dispose();
    x.dispose();
  });
});
