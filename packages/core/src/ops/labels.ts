import type * as tf from '@tensorflow/tfjs';
import { check, checkRate } from '../errors';
import { checkTensor } from '../tensors';
import { checkBelow } from './embedding';

/** Throws unless there is a label for every row of the logits, each one of their columns. */
export const checkLabels = (logits: tf.Tensor2D, labels: tf.Tensor1D, smoothing: number): void => {
  const op = 'softmaxCrossEntropy()';
  checkTensor(`${op} logits`, logits, '[rows, vocabulary]');
  checkTensor(`${op} labels`, labels, '[rows]', 'int32');
  const [rows, vocabulary] = logits.shape;
  check(labels.size === rows, `${op} labels`, labels, `as many as the ${rows} rows of the logits`);
  checkRate(`${op} smoothing`, smoothing);
  checkBelow(`${op} label`, labels, vocabulary);
};
