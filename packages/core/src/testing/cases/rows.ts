import { composedDropout } from '../../ops/dropout';
import { composedEmbeddingGrad } from '../../ops/embedding';
import { composedNorm } from '../../ops/norm';
import { randomStream } from '../../random/random';
import { type Plain, reals } from '../numbers';
import type { Spec } from '../spec';

const { NaN: NAN, POSITIVE_INFINITY: INFINITE } = Number;
const scatter = (options: string, ids: readonly number[], width: number, vocabulary: number) =>
  ({
    kernel: 'SteadyEmbeddingGrad',
    options,
    inputs: { dy: reals([ids.length, width], 1), ids: { shape: [ids.length], data: ids, dtype: 'int32' } },
    attrs: { vocabulary },
    composed: composedEmbeddingGrad,
    outputs: ['dWeight'],
  }) as const;

/** SteadyEmbeddingGrad. */
export const embeddingSpecs: () => Spec<'SteadyEmbeddingGrad'>[] = () => [
  scatter('some ids twice, some never', [2, 0, 2, 1, 3, 2], 3, 5),
  scatter('one id of one', [0], 1, 1),
  scatter(
    'many',
    Array.from({ length: 200 }, (_, i) => (i * i) % 37),
    33,
    41,
  ),
  scatter('no ids', [], 3, 4),
];

const dropped = (options: string, x: Plain, rate: number, seed = 5): Spec<'SteadyDropout'> => ({
  kernel: 'SteadyDropout',
  options,
  inputs: { x },
  attrs: { rate, key: randomStream(seed).key },
  composed: composedDropout,
  outputs: ['y'],
});

/** SteadyDropout: its own gradient, as the mask is a function of the key. */
export const dropoutSpecs: () => Spec<'SteadyDropout'>[] = () => [
  dropped('of [3, 5]', reals([3, 5], 1), 0.3),
  dropped('another key', reals([3, 5], 1), 0.3, 6),
  dropped('one number', reals([1], 1), 0.3),
  dropped('of three axes', reals([2, 3, 7], 1), 0.1),
  dropped('rate 0', reals([4], 1), 0),
  dropped('rate 0.9999', reals([9], 1), 0.9999),
  dropped('many', reals([4099], 1), 0.1),
  dropped('no numbers', reals([0, 3], 1), 0.3),
  dropped(
    'NaN and Infinity',
    { shape: [24], data: Array.from({ length: 24 }, (_, i) => [INFINITE, NAN, -INFINITE][i % 3]!) },
    0.4,
  ),
];

/** SteadyNorm. */
export const lengthSpecs: () => Spec<'SteadyNorm'>[] = () =>
  [0, 1, 5, 12, 1003].map((size) => ({
    kernel: 'SteadyNorm',
    options: `of ${size}`,
    inputs: { x: reals([size], 1) },
    attrs: {},
    composed: composedNorm,
    outputs: ['norm'],
  }));
