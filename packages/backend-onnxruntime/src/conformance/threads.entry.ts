// Starts threads one after the other, each of which trains a small model and then ends. After each the process's
// memory is noted. Arguments: number of threads, the ways they end in (terminated, exit, natural), with commas between.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import { configure } from '../index';
import { sharedLedger } from '../ort/threads';

configure({ threads: 1 });
await tf.setBackend('onnxruntime');

/** Some fifty programs, as a training step of a Transformer has. */
const train = (): number => {
  const x = tf.randomNormal([32, 24], 0, 1, 'float32', 1);
  const w = tf.variable(tf.randomNormal([24, 24], 0, 1, 'float32', 2));
  const optimizer = tf.train.adam(0.01);
  const loss = (): tf.Scalar => {
    let y = tf.matMul(x as tf.Tensor2D, w as unknown as tf.Tensor2D);
    for (const f of [tf.tanh, tf.sigmoid, tf.relu, tf.elu, tf.exp, tf.square, tf.sin, tf.cos, tf.erf]) {
      y = tf.sub<tf.Tensor2D>(f(y), tf.mean(y, 1, true));
    }
    return tf.mean(tf.softmax(tf.matMul(y, y, false, true))) as tf.Scalar;
  };
  let last = 0;
  for (let i = 0; i < 3; i++) last = optimizer.minimize(loss, true)!.dataSync()[0]!;
  // A program for each number of heads, scale and so on, as models of other sizes have.
  for (let i = 0; i < 40; i++) {
    const [query, attrs] = [
      tf.zeros([2, 8, 24]),
      { heads: 1, keyValueHeads: 1, causal: true, dropoutRate: 0 },
    ];
    const out = tf
      .engine()
      .runKernel('SteadyAttention', { query }, { ...attrs, scale: 1 / (i + 2), dropoutKey: [1, 2] });
    tf.dispose([query, out as unknown as tf.Tensor[]]);
  }
  return last;
};

if (!isMainThread) {
  const ends = process.argv[3];
  parentPort!.postMessage({
    loss: train(),
    programs: (tf.memory() as unknown as { programs: number }).programs,
  });
  if (ends === 'exit') process.exit();
  if (ends === 'terminated') setInterval(() => {}, 1000);
} else {
  const [count, ways] = [Number(process.argv[2]), process.argv[3]!.split(',')];
  const losses: number[] = [train()];
  const [rss, held]: [number[], number[]] = [[], []];
  let programs = 0;
  for (let i = 0; i < count; i++) {
    const ends = ways[i % ways.length]!;
    const worker = new Worker(fileURLToPath(import.meta.url), { argv: [String(count), ends] });
    const exit = once(worker, 'exit');
    const [report] = (await once(worker, 'message')) as [{ loss: number; programs: number }];
    losses.push(report.loss);
    programs = report.programs;
    if (ends === 'terminated') await worker.terminate();
    await exit;
    (globalThis as { gc?: () => void }).gc?.();
    rss.push(process.memoryUsage().rss);
    held.push(sharedLedger().size);
  }
  console.log(JSON.stringify({ rss, held, programs, equal: new Set(losses).size === 1 }));
}
