// A prefix language model: the question is seen from both sides, the answer from the left. It learns to say a row of
// digits backwards: npm run prefix-model -w examples/single-file
import {
  adam,
  admin,
  lossAndGradient,
  model,
  Optimizer,
  randomStream,
  selectBackend,
  softmaxCrossEntropy,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

const [DIGITS, LENGTH, BATCH] = [8, 5, 64];

console.log((await selectBackend()).message);
const lm = model({
  ...{ width: 32, heads: 4, padId: DIGITS, output: 'digits' },
  embeddings: { digits: { vocabulary: DIGITS + 1 } },
  stacks: { text: { depth: 2, method: admin(), causal: 'prefix', embedding: 'digits' } },
});

/** Rows and their reverses after them, ids [B, 2 T]; the first T are the prefix. */
const batchOf = (seed: number) => {
  const digits = tf.tensor2d(
    randomStream(seed)
      .uniform(BATCH * LENGTH, 0, DIGITS)
      .map(Math.floor),
    [BATCH, LENGTH],
    'int32',
  );
  return {
    ids: tf.concat2d([digits, tf.reverse(digits, 1)], 1),
    prefix: tf.fill<tf.Rank.R1>([BATCH], LENGTH, 'int32'),
  };
};

const run = (seed: number) => {
  const { ids, prefix } = batchOf(seed);
  const [given, labels] = [
    tf.slice(ids, [0, 0], [BATCH, 2 * LENGTH - 1]),
    tf.slice(ids, [0, LENGTH], [BATCH, LENGTH]),
  ];
  const logits = tf.slice(
    lm.call({ text: { ids: given, prefix } }),
    [0, LENGTH - 1, 0],
    [BATCH, LENGTH, DIGITS + 1],
  );
  return { logits, labels };
};

const parameters = lm.parameters();
const optimizer = new Optimizer(parameters, adam());
for (let step = 1; step <= 150; step++) {
  const { loss, gradient } = lossAndGradient(parameters, () => {
    const { logits, labels } = run(step);
    return tf.mean(softmaxCrossEntropy(tf.reshape(logits, [-1, DIGITS + 1]), tf.reshape(labels, [-1])).loss);
  });
  optimizer.step(gradient, 5e-3);
  if (step % 50 === 0) console.log(`step ${step}  loss ${(await loss.data())[0]!.toFixed(3)}`);
  tf.dispose([loss, gradient]);
}
const right = tf.tidy(() => {
  const { logits, labels } = run(0);
  return tf.mean(tf.cast(tf.equal(tf.argMax(logits, 2), labels), 'float32'));
});
console.log(`${(100 * (await right.data())[0]!).toFixed(0)} % of the digits of new rows are right`);
