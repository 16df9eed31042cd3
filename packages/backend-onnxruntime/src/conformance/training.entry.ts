// Trains small models with batches of varying shapes for many steps and reports memory and tensors along the way.
// Arguments: number of steps; whether garbage is collected after each step ('steps'), or before memory is measured
// ('samples': what is left then is in use). Needs --expose-gc.
import * as tf from '@tensorflow/tfjs';
import '../index';

const steps = Number(process.argv[2]);
const collects = process.argv[3];
const collect = (globalThis as { gc?: () => void }).gc!;

await tf.setBackend('onnxruntime');
const width = 48;
const vocabulary = 300;
const weight = (shape: number[], seed: number): tf.Variable =>
  tf.variable(tf.tidy(() => tf.mul(tf.randomNormal(shape, 0, 1, 'float32', seed), 0.2)));
const table = weight([vocabulary, width], 1);
const hidden = weight([width, width], 2);
const bias = tf.variable(tf.zeros([width]));
const variables = [table, hidden, bias];
const optimizer = tf.train.adam(0.002);

let state = 7;
const below = (limit: number): number => {
  state = (state * 48271) % 2147483647;
  return state % limit;
};

const loss = (ids: Int32Array, rows: number, time: number): tf.Scalar => {
  const flat = tf.tensor1d(ids, 'int32');
  const x = tf.reshape(tf.gather(table, flat), [rows, time, width]);
  const scores = tf.matMul(x, x, false, true);
  const mixed = tf.reshape(tf.matMul(tf.softmax(scores), x), [rows * time, width]) as tf.Tensor2D;
  const y = tf.relu(tf.add(tf.matMul(mixed, hidden as tf.Tensor2D), bias));
  const logits = tf.matMul(y as tf.Tensor2D, table as tf.Tensor2D, false, true);
  const targets = tf.oneHot(flat, vocabulary);
  return tf.losses.softmaxCrossEntropy(targets, logits) as tf.Scalar;
};

const losses: number[] = [];
const memory: { step: number; native: number; heap: number; pool: number; tensors: number }[] = [];
for (let step = 0; step < steps; step++) {
  const rows = 1 + below(8);
  const time = 1 + below(24);
  const ids = Int32Array.from({ length: rows * time }, () => below(vocabulary));
  const cost = optimizer.minimize(() => loss(ids, rows, time), true, variables) as tf.Scalar;
  // Read now and then: an array handed out leaves the pool.
  if (step % 10 === 0) losses.push(((await cost.data()) as Float32Array)[0]!);
  cost.dispose();
  if (collects === 'steps') collect();
  if (step % Math.ceil(steps / 100) === 0) {
    if (collects === 'samples') collect();
    const { rss, heapTotal, heapUsed } = process.memoryUsage();
    const { pool } = tf.memory() as unknown as { pool: { inUse: number; free: number } };
    memory.push({
      step,
      // V8 sizes its own heap as it sees fit, a step up at any time: what it reserved is no leak of ours.
      native: rss - heapTotal,
      heap: heapUsed,
      pool: pool.inUse + pool.free,
      tensors: tf.memory().numTensors,
    });
  }
}
console.log(JSON.stringify({ losses, memory }));
