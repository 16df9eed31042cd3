import * as tf from '@tensorflow/tfjs';
import type { LanguageModel } from '../src/models/languageModel';
import type { NamedParameter } from '../src/state/module';
import { maxError, read } from './numbers';

// Language models whose parameters a script among the fixtures starts by the same formula, and trains a few steps.

/** Number i of the parameter with this number, before it is brought to its scale. */
export const startAt = (number: number, i: number): number =>
  0.4 * Math.sin(12.9898 * (i + 1) + 7.1 * number);

/** Gives every parameter its start, in order: `startOf` has its path, the number of the element and that of the parameter. */
export const assignStarts = (
  named: readonly NamedParameter[],
  startOf: (path: string, i: number, number: number) => number,
): void => {
  for (const [number, { path, parameter }] of named.entries()) {
    const values = Array.from({ length: parameter.size }, (_, i) => startOf(path, i, number));
    const value = tf.tensor(values, [...parameter.shape]);
    parameter.assign(value);
    value.dispose();
  }
};

/** Mean cross-entropy of the next token. */
export const nextTokenLoss = (model: LanguageModel, given: readonly (readonly number[])[]): tf.Scalar =>
  tf.tidy(() => {
    const ids = tf.tensor2d(
      given.map((row) => [...row]),
      undefined,
      'int32',
    );
    const [rows, columns] = ids.shape;
    const logits = model.call(tf.slice(ids, [0, 0], [rows, columns - 1]));
    const vocabulary = logits.shape[2];
    const labels = tf.reshape(tf.slice(ids, [0, 1], [rows, columns - 1]), [-1]);
    const logProbabilities = tf.logSoftmax(tf.reshape(logits, [-1, vocabulary]));
    return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(logProbabilities, tf.oneHot(labels, vocabulary)), 1)));
  });

/** The largest error of a parameter against its largest number, or against `leastOf` it, over all of them. */
export const worstError = (
  named: readonly NamedParameter[],
  found: readonly number[],
  expected: readonly number[],
  leastOf: (path: string) => number | undefined = () => undefined,
): number => {
  let from = 0;
  return Math.max(
    ...named.map(({ path, parameter: { size } }) => {
      const part = (list: readonly number[]): readonly number[] => list.slice(from, from + size);
      const error = maxError(part(found), part(expected), leastOf(path));
      from += size;
      return error;
    }),
  );
};

/** All numbers of parameters, in order. */
export const numbersOf = (named: readonly NamedParameter[]): number[] =>
  named.flatMap(({ parameter }) => read(parameter.value));
