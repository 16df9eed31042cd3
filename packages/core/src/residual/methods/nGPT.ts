import * as tf from '@tensorflow/tfjs';
import { checkNumber, checkOptions } from '../../checks/errors';
import { rmsWithoutGain, unitNorm } from '../../layers/normsWithoutGain';
import { queryKeyScale } from '../../layers/queryKeyScale';
import { unitLength } from '../../ops/lengths';
import { wiring } from '../../streams/wiring';
import type { ResidualMethod } from '../residual';
import type { Projection, TrainingFactors, TrainingSite } from '../training';

/** Options of `nGPT`. */
export interface NGptOptions {
  /** Where alpha starts, every feature of every branch. Default 0.05. */
  readonly initial?: number;
}

const unit = (axis: number): Projection => ({
  name: axis === 0 ? 'columns of length 1' : 'rows of length 1',
  project: (value) => unitLength(value, axis),
});

/** Matrices along the axis of the stream, tables by rows; no biases, and no alpha below 0. */
const projection = ({ role, path }: TrainingSite): Projection | undefined => {
  if (role === 'embedding' || role === 'output') return path.endsWith('table') ? unit(1) : undefined;
  if (role === 'matrix') return unit(/(output|outer)\.weight$/.test(path) ? 1 : 0);
  if (role === 'bias') return { name: '0', project: tf.zerosLike };
  return path === 'alpha' ? { name: 'values >= 0', project: tf.abs } : undefined;
};

/** The paper stores a scale of start s as one of 1 / sqrt(D): in units of the scale its steps are s sqrt(D) times as long. */
const trainingOf = ({ role, path, width }: TrainingSite, initial: number): TrainingFactors => {
  const step = Math.sqrt(width) * (path === 'alpha' ? initial : 1);
  return role === 'scale' || role === 'norm'
    ? { rateFactor: step, epsilonFactor: 1 / step, weightDecayFactor: 0 }
    : { weightDecayFactor: 0 };
};

/**
 * x' = u((1 - alpha) (.) x + alpha (.) u(f(x))), u(x) = x / |x|: every token stays on the sphere, and branches turn it. Alpha
 * is a trained vector from 0.05; queries and keys are normed and have one trained scale s_qk a head and feature, branches read
 * D^(1/2) x, and after every update all matrices are normed along the stream's axis, biases are 0 and nothing decays
 * (Loshchilov et al. 2024, section 2.6). Of the paper's other scales, that of the logits is one number here, from D^(1/2), and
 * those of the feed-forward's hidden layer stay 1. Made for rotary positions and activation 'swiglu', and no warm-up.
 *
 * @throws SteadyformerError on options that it does not know, and on an `initial` that is not between 0 and 1
 * @see {@link https://arxiv.org/abs/2410.01131 | Loshchilov et al. 2024, nGPT: Normalized Transformer with Representation Learning on the Hypersphere}
 */
export const nGPT = (options: NGptOptions = {}): ResidualMethod => {
  checkOptions(options, ['initial'], 'nGPT()');
  const { initial = 0.05 } = options;
  checkNumber('nGPT() initial', initial, 'numbers between 0 and 1', (value) => value > 0 && value < 1);
  return {
    name: 'nGPT',
    options: { ...options },
    plan: ({ kind, index }) => ({
      residual: {
        // Of tokens of length 1 the mean square is 1 / D: the usual epsilon would be a thousandth of it at D = 1024.
        before: rmsWithoutGain({ epsilon: 1e-12 }),
        inside: unitNorm(),
        after: unitNorm(),
        shortcutScale: { kind: 'constant', value: 1 - initial },
        branchScale: { kind: 'vector', initial },
        complement: true,
        // Embeddings come with positions, and longer than 1.
        ...(index === 0
          ? { streams: wiring({ read: [1], carry: [[1]], write: [1], carryNorms: [unitNorm()] }) }
          : {}),
      },
      ...(kind.endsWith('Attention')
        ? {
            branchOptions: {
              queryKeyNorm: unitNorm(),
              queryKeyScale: queryKeyScale(),
              scale: { power: 0.5 },
            },
          }
        : {}),
    }),
    // What another stack reads makes no logits.
    finalNorm: ({ readBy }) => (Object.keys(readBy).length > 0 ? undefined : 'scale'),
    training: (site) => trainingOf(site, initial),
    projection,
  };
};
