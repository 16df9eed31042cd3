import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import '../index';

type Shapes = Readonly<Record<string, readonly number[]>>;

const attention = { heads: 2, keyValueHeads: 1, scale: 1, causal: false, dropoutRate: 0, dropoutKey: [1, 2] };
const adam = {
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  stepSize: 0.01,
  rootScale: 1,
  adaptive: true,
  decay: 1,
  l2: 0,
  gradientScale: 1,
};

/** Right shapes of every kernel, and wrong ones of the same number of elements or that ONNX would broadcast. */
const CASES: readonly [kernel: string, attrs: object, right: Shapes, wrong: Shapes][] = [
  [
    'SteadyLinear',
    { activation: 'none' },
    { x: [4, 3], weight: [3, 4], bias: [4] },
    { weight: [4, 3], bias: [4, 1] },
  ],
  [
    'SteadyLinearGrad',
    { activation: 'relu', bias: true },
    { dy: [4, 6], x: [4, 3], weight: [3, 6], saved: [4, 6] },
    { dy: [1, 6], weight: [6, 3], saved: [6, 4] },
  ],
  ['SteadyLayerNorm', { epsilon: 1e-5 }, { x: [4, 4], gain: [4], bias: [4] }, { gain: [4, 1], bias: [1] }],
  [
    'SteadyLayerNormGrad',
    {},
    { dy: [4, 4], normalised: [4, 4], inverseDeviation: [4, 1], gain: [4] },
    { normalised: [2, 8], inverseDeviation: [4], gain: [1, 4] },
  ],
  [
    'SteadyAddLayerNorm',
    { epsilon: 1e-5 },
    { shortcut: [4, 4], branch: [4, 4], omega: [4], gain: [4], bias: [4] },
    { branch: [1, 4], omega: [4, 1], gain: [1], bias: [4, 1] },
  ],
  [
    'SteadyAddLayerNormGrad',
    {},
    { dy: [4, 4], normalised: [4, 4], inverseDeviation: [4, 1], gain: [4], shortcut: [4, 4], omega: [4] },
    { inverseDeviation: [1, 4], shortcut: [1, 4], omega: [1] },
  ],
  ['SteadyRmsNorm', { epsilon: 1e-6 }, { x: [4, 4], gain: [4] }, { gain: [4, 1] }],
  [
    'SteadyRmsNormGrad',
    {},
    { dy: [4, 4], normalised: [4, 4], inverseRoot: [4, 1], gain: [4] },
    { normalised: [2, 8], inverseRoot: [4], gain: [1, 4] },
  ],
  [
    'SteadyAttention',
    attention,
    { query: [3, 2, 4], keyValue: [3, 5, 4], mask: [3, 1, 1, 5] },
    { query: [3, 2, 5], keyValue: [3, 4, 5], mask: [5, 1, 1, 3] },
  ],
  [
    'SteadyAttentionGrad',
    attention,
    { dy: [3, 2, 4], query: [3, 2, 4], keyValue: [3, 5, 4], y: [3, 2, 4], saved: [3, 2, 2, 5] },
    { dy: [2, 3, 4], y: [3, 4, 2], saved: [3, 2, 5, 2] },
  ],
  ['SteadySoftmaxCrossEntropy', { smoothing: 0.1 }, { logits: [4, 6], labels: [4] }, { labels: [3] }],
  [
    'SteadySoftmaxCrossEntropyGrad',
    { smoothing: 0.1 },
    { dLoss: [4], logits: [4, 6], labels: [4], logNormaliser: [4] },
    { dLoss: [1], labels: [6], logNormaliser: [4, 1] },
  ],
  ['SteadyEmbeddingGrad', { vocabulary: 7 }, { dy: [4, 3], ids: [4] }, { ids: [5] }],
  [
    'SteadyAdamStep',
    adam,
    { parameters: [40], gradient: [40], m: [40], v: [40] },
    { gradient: [39], m: [41], v: [8, 5] },
  ],
];

const tensors = (shapes: Shapes): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      tf.ones([...shape], name === 'labels' || name === 'ids' ? 'int32' : 'float32'),
    ]),
  );

beforeEach(() => tf.setBackend('onnxruntime'));

describe.each(CASES)('%s', (kernel, attrs, right, wrong) => {
  const run = (shapes: Shapes): void =>
    tf.tidy(() => {
      tf.engine().runKernel(kernel, tensors(shapes), { ...attrs });
    });

  it('takes the shapes of the contract', () => {
    run(right);
  });

  it.each(Object.entries(wrong))('refuses %s of [%j], and gives back what it took', (name, shape) => {
    const lent = (): number => (tf.memory() as unknown as { pool: { inUse: number } }).pool.inUse;
    const [numbers, bytes] = [tf.memory().numTensors, lent()];
    expect(() => run({ ...right, [name]: shape })).toThrow(
      new RegExp(`^${kernel} ${name}: received .*allowed`),
    );
    expect([tf.memory().numTensors, lent()]).toEqual([numbers, bytes]);
  });
});

describe('SteadyAdamStep', () => {
  it('writes nothing where it refuses', () => {
    tf.tidy(() => {
      // More than one block of a step.
      const size = 200_000;
      const [parameters, m, v] = [tf.ones([size]), tf.zeros([size]), tf.zeros([size])];
      const gradient = tf.ones([size - 1]);
      expect(() =>
        tf
          .engine()
          .runKernel('SteadyAdamStep', { parameters, gradient, m, v } as unknown as tf.NamedTensorMap, {
            ...adam,
          }),
      ).toThrow(/gradient: received float32 \[199999\]/);
      expect(tf.max(parameters).dataSync()[0]).toBe(1);
      expect(tf.min(parameters).dataSync()[0]).toBe(1);
    });
  });
});
