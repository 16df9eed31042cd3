import type * as tf from '@tensorflow/tfjs';
import type { Place, StackPlace } from './place';

/**
 * What a parameter is for. 'matrix' multiplies the stream inside a branch, 'bias' is added behind one, 'norm' is a gain or
 * bias of a norm, 'scale' multiplies a stream (omega, alpha, a head's scale), 'embedding' is a table of tokens or positions
 * that enters a stack, also where it makes the logits as well, 'output' one that only makes logits.
 */
export type ParameterRole = 'matrix' | 'bias' | 'norm' | 'scale' | 'embedding' | 'output' | 'other';

/** One parameter as a method that says how it is trained sees it. */
export interface TrainingSite {
  /** The stack it belongs to, that it feeds, or whose output it reads. */
  readonly stack: StackPlace;
  /** The sub-layer that holds it; absent of final norms and tables. */
  readonly place?: Place;
  readonly role: ParameterRole;
  /** Below the sub-layer, such as `branch.inner.weight`; where there is none, below the model. */
  readonly path: string;
  readonly shape: readonly number[];
  /** Of a 'matrix' [inputs, outputs]: columns of each of the matrices that stand side by side in it. */
  readonly columns?: readonly number[];
  /** D of the stack. */
  readonly width: number;
}

/**
 * What learning rate, epsilon and weight decay of a parameter are multiplied by, each above 0; those of the rule, or of the
 * group that the user has put the parameter into. Default 1.
 */
export interface TrainingFactors {
  readonly rateFactor?: number;
  readonly epsilonFactor?: number;
  readonly weightDecayFactor?: number;
}

/** Where a parameter is brought back to before training and after every update. */
export interface Projection {
  /** What summaries say of it, such as 'singular values <= 1'. */
  readonly name: string;
  /** A pure function: the value, and a new one of the same shape. */
  readonly project: (value: tf.Tensor) => tf.Tensor;
}
