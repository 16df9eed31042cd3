import {
  admin,
  asLayer,
  asStacked,
  encoderBlock,
  loadStateDict,
  postLN,
  type ResidualMethod,
  randomStream,
  Stack,
  selectBackend,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { ids } from '../../testing/models';
import { adminInit, foldStacks } from '..';

beforeAll(async () => {
  await selectBackend();
});

const stackOf = (method: ResidualMethod): Stack =>
  new Stack(
    {
      name: 'encoder',
      width: 16,
      depth: 3,
      block: encoderBlock({ width: 16, heads: 4, feedForward: 32 }),
      method,
    },
    randomStream(1),
  );

const seeded = () => tf.initializers.randomNormal({ mean: 0, stddev: 0.5, seed: 3 });

const classifier = (stack: Stack): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 50, outputDim: 16, inputLength: 6, embeddingsInitializer: seeded() }),
      asLayer(stack),
      tf.layers.globalAveragePooling1d({}),
      tf.layers.dense({ units: 2, activation: 'softmax', kernelInitializer: seeded() }),
    ],
  });

it('a stack in a tf.layers model is profiled, initialized, trained and folded', async () => {
  const stack = stackOf(admin());
  const model = classifier(stack);
  const tokens = ids(8, 6, 1);

  const stream = model.layers[0]!.apply(tokens) as tf.Tensor3D; // [B, T, D], what enters the stack
  const made = await adminInit(asStacked(stack), [stream]);
  expect(made.stacks.stack!.map(({ path }) => path)[5]).toBe('stack.layers.2.feedForward');

  model.compile({ optimizer: tf.train.adam(0.005), loss: 'sparseCategoricalCrossentropy' });
  const labels = tf.tensor1d([0, 1, 0, 1, 1, 0, 1, 0]);
  const { history } = await model.fit(tokens, labels, { epochs: 8, shuffle: false, verbose: 0 });
  expect(history.loss!.at(-1)).toBeLessThan(history.loss![0] as number);

  const { state, inputScales } = await foldStacks(asStacked(stack));
  const folded = stackOf(postLN());
  loadStateDict(asStacked(folded), state);
  const plain = classifier(folded);
  const scale = tf.tensor1d(inputScales.stack!);
  const [table, , ...head] = [0, 1, 2, 3].map((i) => model.layers[i]!.getWeights());
  plain.layers[0]!.setWeights([tf.mul(table![0]!, scale)]);
  plain.layers[3]!.setWeights(head[1]!);
  const [before, after] = [model, plain].map((m) => m.predict(tokens) as tf.Tensor);
  const difference = await tf.max(tf.abs(tf.sub(before!, after!))).data();
  expect(difference[0]).toBeLessThan(1e-5);
  expect((await scale.data()).every((x) => x === 1)).toBe(false);
});
