import * as tf from '@tensorflow/tfjs';
import { beforeAll } from 'vitest';
import { call, construct, refuses, using } from '../../testing/mistakes';
import * as core from '../index';

// The mistakes of a first hour, as JavaScript or a cast lets them through.

const sizes = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1 };
const { admin, encoder, randomStream } = core;
const stream = () => randomStream(1);
const block = () => core.encoderBlock({ width: 8, heads: 2, feedForward: 8 });

beforeAll(async () => {
  await core.selectBackend('cpu');
});

refuses('a first mistake with a part', [
  ['new Linear()', () => construct(core.Linear), 'Linear inputs: received undefined'],
  ['new FeedForward()', () => construct(core.FeedForward), 'feed-forward width: received undefined'],
  ['new SelfAttention()', () => construct(core.SelfAttention), 'self-attention width: received undefined'],
  ['new Stack()', () => construct(core.Stack), 'Stack name: received undefined'],
  [
    'new Stack without a stream',
    () => construct(core.Stack, { name: 'encoder', width: 8, depth: 1, block: block(), method: admin() }),
    'encoder random: received undefined, allowed randomStream(seed)',
  ],
  [
    'new Stack, method not called',
    () =>
      construct(core.Stack, { name: 'encoder', width: 8, depth: 1, block: block(), method: admin }, stream()),
    'Call it: admin().',
  ],
  [
    'new Stack, block by name',
    () =>
      construct(
        core.Stack,
        { name: 'encoder', width: 8, depth: 1, block: 'feedForward', method: admin() },
        stream(),
      ),
    'block of the encoder: received',
  ],
  [
    'new Stack, a name in the block',
    () =>
      construct(
        core.Stack,
        { name: 'encoder', width: 8, depth: 1, block: ['feedForward'], method: admin() },
        stream(),
      ),
    "sub-layer: received 'feedForward', allowed { name, branch }",
  ],
  [
    'new Stack, a record without scales',
    () =>
      construct(
        core.Stack,
        {
          name: 'encoder',
          width: 8,
          depth: 1,
          block: block(),
          method: { ...admin(), plan: () => ({ residual: {} }) },
        },
        stream(),
      ),
    "kind of the residual's omega: received undefined",
  ],
  ['asStacked(model)', () => call(core.asStacked, admin()), 'asStacked(): received {"name":"admin"'],
  [
    'asLayer(null)',
    () => call(core.asLayer, null),
    "asLayer(): received null, allowed a module such as a Stack, or { factory: 'encoder', config }",
  ],
  ['asLayer(function)', () => call(core.asLayer, encoder), 'asLayer(): received the function encoder'],
  [
    'registerModules(function)',
    () => call(core.registerModules, encoder),
    'registerModules(): received the function encoder',
  ],
  [
    'new Optimizer()',
    () => construct(core.Optimizer),
    'Optimizer parameters: received undefined, allowed a list of parameters, as model.parameters() gives it',
  ],
  [
    'new Optimizer(model)',
    () => construct(core.Optimizer, { a: 1 }),
    'Optimizer parameters: received {"a":1}',
  ],
  [
    'new Optimizer, rule not called',
    () =>
      using(encoder({ ...sizes, method: admin() }), (m) =>
        construct(core.Optimizer, m.parameters(), core.radam),
      ),
    'Optimizer rule: received the function radam, allowed a rule, such as radam()',
  ],
  [
    'lossAndGradient(loss)',
    () => call(core.lossAndGradient, () => tf.scalar(0)),
    'lossAndGradient() parameters: received the function',
  ],
  [
    'product(0.1)',
    () => call(core.product, 0.1),
    'factor of product(): received 0.1, allowed functions of the update number. Write constant(0.1).',
  ],
  ["constant('0.1')", () => call(core.constant, '0.1'), "constant(): received '0.1', allowed finite numbers"],
  ['inverseSqrt()', () => call(core.inverseSqrt), 'inverseSqrt(): received undefined'],
  [
    'inverseSqrt with a peak of text',
    () => call(core.inverseSqrt, { peak: '1', warmup: 4 }),
    "inverseSqrt peak: received '1'",
  ],
  [
    'piecewiseConstant with numbers',
    () => call(core.piecewiseConstant, { boundaries: 1, rates: 2 }),
    'piecewiseConstant boundaries: received 1, allowed a list of updates',
  ],
  ['linearWarmup()', () => call(core.linearWarmup), 'linearWarmup updates: received undefined'],
  [
    'loadStateDict(model)',
    () => using(encoder({ ...sizes, method: admin() }), (m) => call(core.loadStateDict, m)),
    'state: received undefined, allowed arrays by path',
  ],
  ['loadStateDict(state)', () => call(core.loadStateDict, {}, {}), 'module: received {}, allowed a model'],
  ['randomStream(NaN)', () => randomStream(Number.NaN), 'seed: received NaN, allowed finite numbers'],
  ['uniform(-1)', () => stream().uniform(-1), 'count of random numbers: received -1'],
  [
    'normal(too many)',
    () => stream().normal(1e12),
    'count of random numbers: received 1000000000000, allowed 0 to 2^30',
  ],
  ['constantOmega()', () => call(core.constantOmega), 'constantOmega branches: received undefined'],
  [
    'KeyValueCache.select(number)',
    () => new core.KeyValueCache().select(1 as never),
    'KeyValueCache.select(): received 1, allowed a list of rows',
  ],
]);
