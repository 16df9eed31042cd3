import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';

/**
 * x where the mask is not 0, else 0, and so its gradient: what a mask hides reaches neither, also where it is NaN or
 * Infinity, of which a product with 0 would make NaN. The mask broadcasts to x: as x.
 */
export const masked = <T extends tf.Tensor>(x: T, mask: tf.Tensor): T =>
  differentiable<T>(
    [x],
    (save) => {
      save([mask]);
      return chosen(x, mask);
    },
    (dy, [savedMask]) => [chosen(dy, savedMask!)],
  );

const chosen = <T extends tf.Tensor>(x: T, mask: tf.Tensor): T =>
  tf.tidy(() => tf.where(tf.cast(mask, 'bool'), x, tf.zerosLike(x)));
