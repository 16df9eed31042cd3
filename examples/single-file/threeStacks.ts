// Two encoders, and a decoder that reads both: of two rows of digits it learns to say the larger one at each place.
// npm run three-stacks -w examples/single-file
import {
  adam,
  admin,
  KeyValueCache,
  lossAndGradient,
  model,
  Optimizer,
  preLN,
  randomStream,
  selectBackend,
  softmaxCrossEntropy,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

const [DIGITS, LENGTH, BATCH] = [5, 4, 64];
const START = DIGITS; // what the decoder is given first; the model's pads are the id above

console.log((await selectBackend()).message);
const reader = model({
  ...{ width: 32, heads: 4, padId: DIGITS + 1, output: 'digits' },
  embeddings: { digits: { vocabulary: DIGITS + 2 } },
  stacks: {
    left: { depth: 1, method: preLN(), embedding: 'digits' },
    right: { depth: 1, method: admin({ shape: 'scalar' }), embedding: 'digits' },
    larger: { depth: 2, method: admin(), causal: true, reads: ['left', 'right'], embedding: 'digits' },
  },
});

/** Two rows of digits and the larger one at each place, [B, T] each; the decoder is given it one token behind. */
const rows = (seed: number) => {
  const draw = (side: string): tf.Tensor2D => {
    const numbers = randomStream(seed)
      .fork(side)
      .uniform(BATCH * LENGTH, 0, DIGITS);
    return tf.tensor2d(numbers.map(Math.floor), [BATCH, LENGTH], 'int32');
  };
  const [left, right] = [draw('left'), draw('right')];
  const labels = tf.maximum<tf.Tensor2D>(left, right);
  const start = tf.fill<tf.Rank.R2>([BATCH, 1], START, 'int32');
  return {
    left,
    right,
    start,
    labels,
    larger: tf.concat([start, tf.slice(labels, [0, 0], [BATCH, LENGTH - 1])], 1),
  };
};

const parameters = reader.parameters();
const optimizer = new Optimizer(parameters, adam());
for (let step = 1; step <= 240; step++) {
  const { loss, gradient } = lossAndGradient(parameters, () => {
    const { labels, start: _, ...inputs } = rows(step);
    const logits = tf.reshape<tf.Rank.R2>(reader.call(inputs), [BATCH * LENGTH, DIGITS + 2]);
    return tf.mean(softmaxCrossEntropy(logits, tf.reshape(labels, [-1])).loss);
  });
  optimizer.step(gradient, 5e-3);
  if (step % 80 === 0) console.log(`step ${step}  loss ${(await loss.data())[0]!.toFixed(3)}`);
  tf.dispose([loss, gradient]);
}

// Said digit by digit, with the keys and values of those before in a cache.
const right = tf.tidy(() => {
  const { left, right, labels, start } = rows(0);
  const [cache, memories] = [new KeyValueCache(), reader.encode({ left, right })];
  const said = [start];
  for (let t = 0; t < LENGTH; t++) {
    const output = reader.decode(said[t]!, memories, { cache }); // [B, 1, D]
    said.push(tf.argMax<tf.Tensor2D>(reader.logits(output), 2));
  }
  cache.dispose();
  return tf.mean(tf.cast(tf.equal(tf.concat(said.slice(1), 1), labels), 'float32'));
});
console.log(`${(100 * (await right.data())[0]!).toFixed(0)} % of the digits of new rows are right`);
