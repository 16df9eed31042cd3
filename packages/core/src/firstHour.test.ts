import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as core from './index';

// The mistakes of a first hour, as JavaScript or a cast lets them through: each one clear error, and no tensor left.

const sizes = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1 };
const { admin, preLN, postLN, transformer, encoder, languageModel, randomStream, SteadyformerError } = core;

type Call = (...args: never[]) => unknown;
const call = (f: unknown, ...args: readonly unknown[]): unknown => (f as Call)(...(args as never[]));
const make = (f: unknown, ...args: readonly unknown[]): unknown =>
  new (f as new (...all: never[]) => object)(...(args as never[]));

beforeAll(async () => {
  await core.selectBackend('cpu');
});

const model = () => transformer({ ...sizes, method: preLN() });
const stream = () => randomStream(1);
const block = () => core.encoderBlock({ width: 8, heads: 2, feedForward: 8 });

const OPTIONS: readonly (readonly [string, () => unknown, string])[] = [
  ['no options', () => call(transformer), 'Transformer: received undefined, allowed an object of'],
  [
    'a number for rates',
    () => call(transformer, { ...sizes, method: admin(), dropout: 0.1 }),
    'Transformer dropout: received 0.1, allowed an object of rates. Write {"residual":0.1}',
  ],
  [
    'null for rates',
    () => call(encoder, { ...sizes, method: admin(), dropout: null }),
    'Encoder dropout: received null, allowed an object',
  ],
  [
    'a rate as text',
    () => call(encoder, { ...sizes, method: admin(), dropout: { residual: '0.1' } }),
    "Encoder dropout.residual: received '0.1', allowed numbers in [0, 1)",
  ],
  [
    'a rate of null',
    () => call(encoder, { ...sizes, method: admin(), dropout: { residual: null } }),
    'received null, allowed numbers in [0, 1)',
  ],
  [
    'a rate that drops all',
    () => call(encoder, { ...sizes, method: admin(), dropout: { residual: 0.999999 } }),
    'received 0.999999, allowed numbers in [0, 1)',
  ],
  [
    'a method by name',
    () => call(transformer, { ...sizes, method: 'admin' }),
    "method of the encoder: received 'admin', allowed a residual method, such as admin() or postLN(). Import admin and pass admin().",
  ],
  [
    'a method by a wrong name',
    () => call(languageModel, { ...sizes, method: 'admn' }),
    'Import admin and pass admin().',
  ],
  [
    'a method not called',
    () => call(encoder, { ...sizes, method: postLN }),
    'method of the encoder: received the function postLN, allowed a residual method, such as admin() or postLN(). Call it: postLN().',
  ],
  ['no method', () => call(encoder, sizes), 'method of the encoder: received undefined'],
  [
    'a method as JSON',
    () => call(encoder, { ...sizes, method: { name: 'admin', options: {} } }),
    'method of the encoder: received {"name":"admin","options":{}}',
  ],
  [
    'a method of one stack',
    () => call(transformer, { ...sizes, method: { encoder: admin() } }),
    'method of the decoder: received undefined',
  ],
  [
    'a depth as text',
    () => call(encoder, { ...sizes, method: admin(), depth: '6' }),
    "Encoder encoder.depth: received '6', allowed whole numbers >= 1",
  ],
  [
    'positions by name',
    () => call(encoder, { ...sizes, method: admin(), positions: 'none' }),
    "Encoder positions: received 'none', allowed an object such as { kind: 'none' }",
  ],
  [
    'attention positions of null',
    () => call(encoder, { ...sizes, method: admin(), attentionPositions: null }),
    'self-attention positions: received null',
  ],
  [
    'a rate for stochastic depth',
    () => call(encoder, { ...sizes, method: admin(), stochasticDepth: 0.1 }),
    'encoder stochasticDepth: received 0.1, allowed an object of rate, rule',
  ],
  [
    'a flag as text',
    () => call(languageModel, { ...sizes, method: admin(), tiedEmbeddings: 'false' }),
    "LanguageModel tiedEmbeddings: received 'false', allowed true, false",
  ],
  [
    'a flag as text',
    () => call(transformer, { ...sizes, method: admin(), tiedEmbeddings: 'false' }),
    "tiedEmbeddings: received 'false', allowed true, false, 'decoder'",
  ],
  [
    'a flag of a method',
    () => call(core.adminConstant, { trainable: 'yes' }),
    "adminConstant() trainable: received 'yes', allowed true, false",
  ],
  [
    'text for a block',
    () => call(encoder, { ...sizes, method: admin(), block: 'feedForward' }),
    "block of the encoder: received 'feedForward', allowed names or",
  ],
  [
    'a class for a sub-layer',
    () => call(encoder, { ...sizes, method: admin(), block: [core.FeedForward] }),
    'block of the encoder: received the function FeedForward',
  ],
  [
    'a name that reads as a number',
    () =>
      call(encoder, {
        ...sizes,
        method: admin(),
        block: ['feedForward', { name: '0', module: 'selfAttention' }],
      }),
    "block of the encoder.name: received '0'",
  ],
  [
    'a prototype’s name for a module',
    () => call(encoder, { ...sizes, method: admin(), block: ['constructor'] }),
    "unknown module 'constructor', did you mean",
  ],
  ['no list of shared options', () => call(core.encoderBlock), 'encoderBlock(): received undefined'],
  [
    'a seed as text',
    () => call(encoder, { ...sizes, method: admin() }, 'one'),
    "seed: received 'one', allowed finite numbers",
  ],
  [
    'a pad beyond the vocabulary',
    () => call(encoder, { ...sizes, padId: 9, method: admin() }),
    'TokenEmbedding padId: received 9, allowed ids below the vocabulary of 9',
  ],
  [
    'heads that do not divide',
    () => call(encoder, { ...sizes, heads: 3, method: admin() }),
    'self-attention heads: received 3',
  ],
  [
    'a module that is no function',
    () => call(encoder, { ...sizes, method: admin(), block: ['mix'] }, 1, { mix: {} }),
    'modules.mix: received {}, allowed (options) => (site) => branch',
  ],
  [
    'a module that makes no branch',
    () =>
      call(encoder, { ...sizes, method: admin(), block: ['mix'] }, 1, { mix: () => () => core.FeedForward }),
    'branch of mix: received the function FeedForward',
  ],
  ['no config', () => call(core.fromConfig, null), 'config: received null, allowed an object'],
  ['a config as text', () => call(core.fromConfig, '{}'), "config: received '{}'"],
  [
    'a prototype’s name for a method',
    () => call(core.methodFrom, { name: 'constructor' }),
    "unknown residual method 'constructor'",
  ],
  [
    'a method’s name alone',
    () => call(core.methodFrom, 'admin'),
    "method: received 'admin', allowed an object of name, options",
  ],
  [
    'a prototype’s name for a rule',
    () => call(core.ruleFrom, { name: 'toString' }),
    "unknown optimizer 'toString'",
  ],
];

const TENSORS: readonly (readonly [string, () => unknown, string])[] = [
  [
    'encode(array)',
    () => using(model(), (m) => call(m.encode.bind(m), [[1, 2]])),
    "ids at 'sourceEmbedding': received [[1, 2]], expected int32 [batch, time]",
  ],
  [
    'encode()',
    () => using(model(), (m) => call(m.encode.bind(m))),
    "ids at 'sourceEmbedding': received undefined",
  ],
  [
    'encode(empty)',
    () => using(model(), (m) => m.encode(tf.zeros([0, 3], 'int32'))),
    'received int32 of shape [0, 3], expected int32 [batch, time], no axis empty',
  ],
  [
    'call(array)',
    () => using(model(), (m) => call(m.call.bind(m), [[1, 2]])),
    'batch of a Transformer: received [[1, 2]], allowed { source, target }',
  ],
  [
    'call(arrays)',
    () => using(model(), (m) => call(m.call.bind(m), { source: [[1]], target: [[1]] })),
    'batch.source: received [[1]], expected int32',
  ],
  [
    'tokenMasks(null)',
    () => using(model(), (m) => call(m.tokenMasks.bind(m), null)),
    'batch of a Transformer: received null',
  ],
  [
    'decode without memory',
    () => using(model(), (m) => call(m.decode.bind(m), tf.ones([1, 2], 'int32'))),
    'memory of decode(), as encode() returns it: received undefined',
  ],
  [
    'encoder.call(floats)',
    () => using(encoder({ ...sizes, method: admin() }), (m) => call(m.call.bind(m), tf.ones([1, 2]))),
    "ids at 'embedding': received float32 of shape [1, 2]",
  ],
  [
    'encoder.call(array)',
    () => using(encoder({ ...sizes, method: admin() }), (m) => call(m.call.bind(m), [[[1]]])),
    "ids at 'embedding': received [[[1]]]",
  ],
  [
    'encoder.call(an id too large)',
    () =>
      using(encoder({ ...sizes, method: admin() }), (m) =>
        call(m.call.bind(m), tf.tensor2d([[2, 9]], [1, 2], 'int32')),
      ),
    "token id at 'embedding': received 9, allowed 0 to 8",
  ],
  [
    'encoder.call(no sentence)',
    () => using(encoder({ ...sizes, method: admin() }), (m) => call(m.call.bind(m), tf.zeros([0, 2, 8]))),
    'stream into the encoder: received float32 of shape [0, 2, 8]',
  ],
  [
    'encoder.call(another width)',
    () => using(encoder({ ...sizes, method: admin() }), (m) => call(m.call.bind(m), tf.zeros([1, 2, 4]))),
    'width of the stream into the encoder: received 4, allowed 8',
  ],
  [
    'languageModel.call(text)',
    () => using(languageModel({ ...sizes, method: admin() }), (m) => call(m.call.bind(m), 'hello')),
    "ids at 'embedding': received 'hello'",
  ],
  [
    'a label below',
    () => core.softmaxCrossEntropy(tf.zeros([2, 3]), tf.tensor1d([0, -1], 'int32')),
    'softmaxCrossEntropy() label: received -1, allowed 0 to 2',
  ],
  [
    'a label above',
    () => core.softmaxCrossEntropy(tf.zeros([2, 3]), tf.tensor1d([0, 3], 'int32')),
    'softmaxCrossEntropy() label: received 3, allowed 0 to 2',
  ],
  [
    'labels of another number',
    () => core.softmaxCrossEntropy(tf.zeros([2, 3]), tf.tensor1d([0], 'int32')),
    'as many as the 2 rows',
  ],
  [
    'labels as an array',
    () => call(core.softmaxCrossEntropy, tf.zeros([2, 3]), [0, 1]),
    'softmaxCrossEntropy() labels: received [0, 1], expected int32 [rows]',
  ],
  ['linear(array)', () => call(core.linear, [[1]], tf.ones([1, 1])), 'linear() x: received [[1]]'],
  ['unembed()', () => call(core.unembed), 'unembed() x: received undefined'],
  [
    'embedding(an id too large)',
    () => core.embedding(tf.tensor2d([[3]], [1, 1], 'int32'), tf.zeros([3, 2])),
    'embedding() id: received 3, allowed 0 to 2',
  ],
  [
    'layerNorm without weights',
    () => call(core.layerNorm, tf.ones([1, 2])),
    'layerNorm() weights: received undefined',
  ],
  [
    'addLayerNorm(array)',
    () => call(core.addLayerNorm, [[[1]]]),
    'addLayerNorm() shortcut: received [[[1]]]',
  ],
  ['swish(number)', () => call(core.swish, 1), 'swish() x: received 1'],
  [
    'gated by a prototype’s name',
    () => call(core.gated, tf.ones([1, 2]), 'constructor'),
    "unknown gate 'constructor'",
  ],
  [
    'gated(odd)',
    () => core.gated(tf.ones([1, 3]), 'relu'),
    'gated() width of x: received 3, allowed even numbers',
  ],
  [
    'dropout of everything',
    () => core.dropout(tf.ones([4]), 0.999999, [1, 2]),
    'dropout() rate: received 0.999999',
  ],
  ['dropout without a key', () => call(core.dropout, tf.ones([4]), 0.5), 'dropout() key: received undefined'],
  [
    'dropoutFactors(text)',
    () => call(core.dropoutFactors, [1, 2], '4', 0.5),
    "dropoutFactors() count: received '4'",
  ],
  ['attention()', () => call(core.attention), 'attention() inputs: received undefined'],
  [
    'attentionWeights without attrs',
    () => call(core.attentionWeights, { query: tf.ones([1, 2, 6]) }),
    'attention() attrs: received undefined',
  ],
  [
    'sinusoidalPositions()',
    () => call(core.sinusoidalPositions),
    'sinusoidalPositions() length: received undefined',
  ],
  ['padMask(array)', () => call(core.padMask, [[1]], 1), 'ids: received [[1]]'],
  [
    'flatten(tensor)',
    () => call(core.flatten, tf.ones([2])),
    'flatten(): received float32 of shape [2], allowed a list of tensors',
  ],
  ['unflatten(array)', () => call(core.unflatten, [1]), 'unflatten() flat: received [1]'],
  ['globalNorm(array)', () => call(core.globalNorm, [1]), 'globalNorm() gradient: received [1]'],
];

const PARTS: readonly (readonly [string, () => unknown, string])[] = [
  ['new Linear()', () => make(core.Linear), 'Linear inputs: received undefined'],
  ['new FeedForward()', () => make(core.FeedForward), 'feed-forward width: received undefined'],
  ['new SelfAttention()', () => make(core.SelfAttention), 'self-attention width: received undefined'],
  ['new Stack()', () => make(core.Stack), 'Stack name: received undefined'],
  [
    'new Stack without a stream',
    () => make(core.Stack, { name: 'encoder', width: 8, depth: 1, block: block(), method: admin() }),
    'encoder random: received undefined, allowed randomStream(seed)',
  ],
  [
    'new Stack, method not called',
    () => make(core.Stack, { name: 'encoder', width: 8, depth: 1, block: block(), method: admin }, stream()),
    'Call it: admin().',
  ],
  [
    'new Stack, block by name',
    () =>
      make(
        core.Stack,
        { name: 'encoder', width: 8, depth: 1, block: 'feedForward', method: admin() },
        stream(),
      ),
    'block of the encoder: received',
  ],
  [
    'new Stack, a name in the block',
    () =>
      make(
        core.Stack,
        { name: 'encoder', width: 8, depth: 1, block: ['feedForward'], method: admin() },
        stream(),
      ),
    "sub-layer: received 'feedForward', allowed { name, branch }",
  ],
  [
    'new Stack, a record without scales',
    () =>
      make(
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
    () => make(core.Optimizer),
    'Optimizer parameters: received undefined, allowed a list of parameters, as model.parameters() gives it',
  ],
  ['new Optimizer(model)', () => make(core.Optimizer, { a: 1 }), 'Optimizer parameters: received {"a":1}'],
  [
    'new Optimizer, rule not called',
    () =>
      using(encoder({ ...sizes, method: admin() }), (m) => make(core.Optimizer, m.parameters(), core.radam)),
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
];

/** Runs `f` on a model that is freed whatever happens. */
const using = <M extends core.Module>(made: M, f: (model: M) => unknown): unknown => {
  try {
    return f(made);
  } finally {
    made.dispose();
  }
};

describe.each([
  ['an option', OPTIONS],
  ['a tensor', TENSORS],
  ['a part', PARTS],
])('a first mistake with %s', (_, cases) => {
  it.each(cases.map(([name, f, message]) => ({ name, f, message })))('$name', ({ f, message }) => {
    let error: unknown;
    const left = tf.memory().numTensors;
    tf.tidy(() => {
      try {
        f();
      } catch (thrown) {
        error = thrown;
      }
    });
    expect(error).toBeInstanceOf(SteadyformerError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toMatch(/undefined is not|Cannot read/);
    expect(tf.memory().numTensors).toBe(left);
  });
});
