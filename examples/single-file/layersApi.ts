// A tf.layers model that is not ours, with Admin blocks inside: profiled, initialised, and trained by `fit` to tell
// noisy waves apart: npm run layers-api -w examples/single-file
import { adminInit } from '@steadyformer/admin-init';
import {
  admin,
  asLayer,
  asStacked,
  encoderBlock,
  randomStream,
  Stack,
  selectBackend,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

const [TIMES, WIDTH, DEPTH] = [16, 32, 6];
const SHAPES = ['sine', 'square', 'saw'];

/** `count` noisy waves of random phase and period, as rows of (time, value): [count, T, 2] and [count, 3]. */
const waves = (count: number, seed: number) => {
  const random = randomStream(seed);
  const values = Array.from({ length: count }, (_, i) => {
    const [phase, period] = [random.fork(i).uniformAt(0), 5 + 6 * random.fork(i).uniformAt(1)];
    const noise = random.fork(i).fork('noise').normal(TIMES, 0, 0.1);
    return Array.from(noise, (n, t) => {
      const turn = (phase + t / period) % 1;
      const sine = Math.sin(2 * Math.PI * turn);
      return [t / TIMES, [sine, Math.sign(sine), 2 * turn - 1][i % 3]! + n];
    });
  });
  const labels = tf.tensor1d(
    values.map((_, i) => i % 3),
    'int32',
  );
  return { x: tf.tensor3d(values), y: tf.oneHot(labels, 3) };
};

console.log((await selectBackend()).message);
const seeded = (seed: number) => tf.initializers.heNormal({ seed });
const block = encoderBlock({ width: WIDTH, heads: 4, feedForward: 64 });
const stack = new Stack(
  { name: 'encoder', width: WIDTH, depth: DEPTH, block, method: admin() },
  randomStream(1),
);
const widen = tf.layers.dense({ units: WIDTH, inputShape: [TIMES, 2], kernelInitializer: seeded(1) });
const model = tf.sequential({
  layers: [
    widen, // [B, T, 2] to [B, T, D]
    asLayer(stack), // its weights are the stack's own
    tf.layers.globalAveragePooling1d({}), // [B, D]
    tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(2) }), // [B, 3]
  ],
});
model.compile({ optimizer: tf.train.adam(2e-3), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

const [train, test] = [waves(384, 1), waves(150, 2)];
// What enters the blocks, [B, T, D], is what their stack is profiled on.
const { stacks } = await adminInit(asStacked(stack), [widen.apply(train.x) as tf.Tensor3D]);
for (const { path, omega } of stacks.stack!) console.log(`omega ${omega.toFixed(2)}  ${path}`);

const accuracy = async () => {
  const [, value] = model.evaluate(test.x, test.y) as tf.Scalar[];
  return `${(100 * (await value!.data())[0]!).toFixed(0)} % of unseen waves (${SHAPES.join(', ')}) told right`;
};
console.log(`before training: ${await accuracy()}`);
// tfjs would shuffle with Math.random; without, every run is the same.
const fitting = { epochs: 12, batchSize: 32, shuffle: false, verbose: 0 } as const;
const { history } = await model.fit(train.x, train.y, fitting);
console.log(`loss ${history.loss!.map((loss) => (loss as number).toFixed(2)).join(' ')}`);
console.log(`after: ${await accuracy()}`);
