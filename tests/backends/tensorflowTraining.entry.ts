// Trains a small Transformer of core's on 'tensorflow', batches of varying shapes, and reports what it holds along the way.
// Arguments: number of steps. Needs --expose-gc.
import { loadTensorflow } from '@steadyformer/backend-tensorflow';
import {
  adam,
  admin,
  lossAndGradient,
  Optimizer,
  randomStream,
  softmaxCrossEntropy,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

const steps = Number(process.argv[2]);
const collect = (globalThis as { gc?: () => void }).gc!;
const VOCABULARY = 40;

const { backend } = loadTensorflow();
tf.removeBackend('tensorflow');
tf.registerBackend('tensorflow', () => backend);
await tf.setBackend('tensorflow');
/** Tensors that the addon holds, tfjs's and what kernels forgot. */
const { binding } = backend as unknown as { binding: { getNumOfTensors(): number } };

const dropout = { residual: 0.1, attention: 0.1, activation: 0.1 };
const sizes = { vocabulary: VOCABULARY, padId: 1, width: 32, heads: 2, feedForward: 64, depth: 1 };
const model = transformer({ ...sizes, dropout, method: admin() }, 1);
const parameters = model.parameters();
const optimizer = new Optimizer(parameters, adam({ weightDecay: 1e-4 }));

const losses: number[] = [];
const memory: { step: number; native: number; tensors: number; handles: number }[] = [];
for (let step = 0; step < steps; step++) {
  const random = randomStream(3).fork(step);
  const [rows, time] = [1, 2].map((i) => 1 + Math.floor(8 * random.uniformAt(i))) as [number, number];
  const words = random.fork('ids').uniform(rows * time, 2, VOCABULARY);
  const ids = tf.tensor2d(words.map(Math.floor), [rows, time], 'int32');
  // The target is the source itself, so there is something to learn.
  const { loss, gradient } = lossAndGradient(parameters, () => {
    const logits = model.call({ source: ids, target: ids }, { training: true, random });
    const flat = tf.reshape<tf.Rank.R2>(logits, [rows * time, VOCABULARY]);
    return tf.mean(softmaxCrossEntropy(flat, tf.reshape(ids, [rows * time]), 0.1).loss);
  });
  optimizer.step(gradient, 3e-3);
  losses.push((await loss.data<'float32'>())[0]!);
  tf.dispose([loss, gradient, ids]);
  if (step % Math.ceil(steps / 50) === 0) {
    collect();
    const { rss, heapTotal } = process.memoryUsage();
    memory.push({
      step,
      native: rss - heapTotal,
      tensors: tf.memory().numTensors,
      handles: binding.getNumOfTensors(),
    });
  }
}
console.log(JSON.stringify({ losses, memory }));
process.exit(0);
