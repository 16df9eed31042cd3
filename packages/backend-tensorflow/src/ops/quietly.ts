import * as tf from '@tensorflow/tfjs';

/**
 * What f makes, without what tfjs says of it: its cpu backend advertises tfjs-node to those who have it, and a second copy of
 * tfjs, which tfjs-node may bring along, names every kernel that is there already.
 */
export const quietly = <T>(f: () => T): T => {
  const spoken = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    return f();
  } finally {
    tf.env().set('PROD', spoken);
  }
};
