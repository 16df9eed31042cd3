import * as tf from '@tensorflow/tfjs';
import { check, SteadyformerError } from '../checks/errors';

/** Tensors that `action` leaves behind, beside those in what it returns (which are disposed). */
export const leftovers = (action: () => tf.TensorContainer): number => {
  const before = tf.memory().numTensors;
  tf.dispose(action());
  return tf.memory().numTensors - before;
};

const failOn = (before: number, cause?: unknown): void => {
  const left = tf.memory().numTensors - before;
  if (left === 0) return;
  const how = left > 0 ? `left ${left} tensors behind` : `disposed ${-left} tensors that it did not make`;
  const when = cause === undefined ? '' : `, and threw: ${cause instanceof Error ? cause.message : cause}`;
  throw new SteadyformerError(`the action ${how}${when}`, cause === undefined ? {} : { cause });
};

/**
 * Runs an action, synchronous or not, and throws where it leaves tensors behind beside those in what it returns, which
 * are disposed: also where it throws. What it throws without leaving any goes on to the caller.
 */
export const assertNoLeak = <T>(action: () => T): T extends Promise<unknown> ? Promise<void> : void => {
  check(typeof action === 'function', 'assertNoLeak()', action, 'a function');
  const before = tf.memory().numTensors;
  const returned = (result: unknown): void => {
    tf.dispose(result as tf.TensorContainer);
    failOn(before);
  };
  const threw = (error: unknown): never => {
    failOn(before, error);
    throw error;
  };
  let result: T;
  try {
    result = action();
  } catch (error) {
    return threw(error);
  }
  return (result instanceof Promise ? result.then(returned, threw) : returned(result)) as ReturnType<
    typeof assertNoLeak<T>
  >;
};
