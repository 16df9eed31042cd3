import * as tf from '@tensorflow/tfjs';
import { composedCrossEntropy, composedCrossEntropyGrad } from '../../ops/softmaxCrossEntropy';
import { noise, type Plain, reals } from '../numbers';
import type { Spec } from '../spec';

type Loss = Spec<'SteadySoftmaxCrossEntropy'> | Spec<'SteadySoftmaxCrossEntropyGrad'>;

interface Form {
  readonly options: string;
  readonly logits: Plain;
  readonly smoothing: number;
  /** Upstream gradients, [M]. Default of both signs. */
  readonly dLoss?: readonly number[];
  /** Default those that i -> (5 i + 2) mod V gives. */
  readonly labels?: readonly number[];
}

const specs = ({ options, logits, smoothing, ...given }: Form): Loss[] => {
  const [m, v] = logits.shape as [number, number];
  const words = given.labels ?? Array.from({ length: m }, (_, i) => (5 * i + 2) % v);
  const labels: Plain = { shape: [m], data: words, dtype: 'int32' };
  const dLoss: Plain = { shape: [m], data: given.dLoss ?? noise(m, 8) };
  const attrs = { smoothing };
  // tfjs's own logSumExp takes no empty tensor.
  const none = (): tf.Tensor[] => [tf.zeros([0]), tf.zeros([0]), tf.zeros([0])];
  const forward: typeof composedCrossEntropy = m === 0 ? none : composedCrossEntropy;
  return [
    {
      kernel: 'SteadySoftmaxCrossEntropy',
      options,
      inputs: { logits, labels },
      attrs,
      composed: forward,
      outputs: ['loss', 'nll', 'logNormaliser'],
    },
    {
      kernel: 'SteadySoftmaxCrossEntropyGrad',
      options,
      inputs: { dLoss, logits, labels },
      attrs,
      composed: composedCrossEntropyGrad,
      outputs: ['dLogits'],
      saved: {
        kernel: 'SteadySoftmaxCrossEntropy',
        inputs: { logits, labels },
        attrs,
        composed: (tensors) => forward(tensors as Parameters<typeof composedCrossEntropy>[0], attrs),
        keep: ([, , logNormaliser]) => ({ logNormaliser: logNormaliser! }),
      },
    },
  ];
};

const { NaN: NAN, POSITIVE_INFINITY: INFINITE } = Number;
const some = reals([7, 11], 1, 3);
/** A row that is as it should be, and rows without weight that hold what is no number. */
const HIDDEN: Plain = { shape: [4, 2], data: [0, 0, NAN, 1, INFINITE, 1, -INFINITE, -INFINITE] };

const FORMS: readonly Form[] = [
  { options: 'no smoothing', logits: some, smoothing: 0 },
  { options: 'smoothing 0.1', logits: some, smoothing: 0.1 },
  { options: 'positive gradients', logits: some, smoothing: 0.1, dLoss: [1, 2, 0.5, 1, 1, 3, 1] },
  { options: 'rows without weight', logits: some, smoothing: 0.1, dLoss: [1, 0, 2, 0, 0, 3, 1] },
  { options: 'of one row and two tokens', logits: reals([1, 2], 1), smoothing: 0 },
  { options: 'large', logits: reals([20, 1501], 2, 4), smoothing: 0.1 },
  { options: 'logits of 1e4', logits: { shape: [2, 3], data: [1e4, -1e4, 9999, 0, 1e4, 5] }, smoothing: 0 },
  { options: 'no rows', logits: reals([0, 5], 1), smoothing: 0.1 },
  {
    options: 'an excluded token, logit -Infinity',
    logits: { shape: [2, 4], data: [-INFINITE, 0, 1, 2, -INFINITE, 0, 1, 2] },
    smoothing: 0,
    labels: [3, 1],
  },
  ...[1, -1].map((sign) => ({
    options: `what rows without weight hold, gradient ${sign}`,
    logits: HIDDEN,
    smoothing: 0.1,
    labels: [0, 0, 1, 0],
    dLoss: [sign, 0, 0, 0],
  })),
];

/** SteadySoftmaxCrossEntropy and its gradient. */
export const crossEntropySpecs: () => Loss[] = () => FORMS.flatMap(specs);
