// What a program sees where the library cannot be used: a reason, an error from this backend, and the next backend.
import * as tf from '@tensorflow/tfjs';
import { availability } from '../index';

const { available, reason = '' } = availability();
let error = '';
try {
  tf.findBackend('onnxruntime');
} catch (thrown) {
  error = String(thrown);
}
await tf.ready();
console.log(
  JSON.stringify({ available, reason, error, chosen: tf.getBackend(), sum: tf.sum([1, 2]).dataSync()[0] }),
);
