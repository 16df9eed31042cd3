// Two worker threads compute at once while the main thread does too; then one worker starts after the others ended.

import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import { configure } from '../index';

const compute = async (seed: number, threads: number): Promise<number> => {
  configure({ threads });
  await tf.setBackend('onnxruntime');
  let total = 0;
  for (let i = 0; i < 60; i++) {
    total += tf.tidy(() => {
      const a = tf.fill([64, 64 + i], seed) as tf.Tensor2D;
      return tf.sum(tf.relu(tf.matMul(a, a, false, true))).dataSync()[0]!;
    });
  }
  return total;
};

/** 64 x 64 entries of (64 + i) seed^2, for i below 60. */
const expected = (seed: number): number => 64 * 64 * seed * seed * (60 * 64 + (60 * 59) / 2);

if (isMainThread) {
  const worker = (seed: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const thread = new Worker(fileURLToPath(import.meta.url), { workerData: seed });
      let result = Number.NaN;
      thread.on('message', (value: number) => {
        result = value;
      });
      thread.on('error', reject);
      thread.on('exit', () => resolve(result));
    });
  const first = await Promise.all([worker(1), worker(2)]);
  const second = await Promise.all([worker(3), worker(4), compute(5, 2)]);
  const last = await worker(6);
  const received = [...first, ...second, last];
  console.log(JSON.stringify({ received, expected: [1, 2, 3, 4, 5, 6].map(expected) }));
} else {
  parentPort!.postMessage(await compute(workerData as number, 1));
}
