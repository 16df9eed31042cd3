import type { Activation } from '../../backend/attributes';
import { composedLinear, composedLinearGrad } from '../../ops/linear';
import { type Plains, reals } from '../numbers';
import type { Spec } from '../spec';

type Linear = Spec<'SteadyLinear'> | Spec<'SteadyLinearGrad'>;

/** M, K, N: single, odd, more than a block of most kernels, and without rows, inputs or outputs. */
const SIZES = [
  [1, 1, 1],
  [3, 5, 7],
  [33, 70, 41],
  [0, 3, 2],
  [2, 0, 3],
] as const;

/** SteadyLinear and its gradient with every activation, with and without a bias. */
export const linearSpecs: () => Linear[] = () =>
  (['none', 'relu', 'gelu'] as const).flatMap((activation) =>
    [true, false].flatMap((biased) => SIZES.flatMap((sizes) => specs(activation, biased, sizes))),
  );

const specs = (
  activation: Activation,
  biased: boolean,
  [m, k, n]: readonly [number, number, number],
): Linear[] => {
  const layer: Plains = {
    x: reals([m, k], 1),
    weight: reals([k, n], 2),
    ...(biased ? { bias: reals([n], 3) } : {}),
  };
  const { x, weight } = layer;
  const options = `${activation}, ${biased ? 'with' : 'without'} bias, [${m}, ${k}] by [${k}, ${n}]`;
  const forward: Spec<'SteadyLinear'> = {
    kernel: 'SteadyLinear',
    options,
    inputs: layer,
    attrs: { activation },
    composed: (...call) => composedLinear(...call).slice(0, activation === 'gelu' ? 2 : 1),
    outputs: activation === 'gelu' ? ['y', 'preactivation'] : ['y'],
  };
  const backward: Spec<'SteadyLinearGrad'> = {
    kernel: 'SteadyLinearGrad',
    options,
    inputs: { dy: reals([m, n], 4), x: x!, weight: weight! },
    attrs: { activation, bias: biased },
    composed: composedLinearGrad,
    outputs: biased ? ['dx', 'dWeight', 'dBias'] : ['dx', 'dWeight'],
    saved: {
      kernel: 'SteadyLinear',
      inputs: layer,
      attrs: { activation },
      composed: (tensors) => composedLinear(tensors as Parameters<typeof composedLinear>[0], { activation }),
      keep: ([y, preactivation]) =>
        activation === 'none' ? {} : { saved: activation === 'relu' ? y! : preactivation! },
    },
  };
  return [forward, backward];
};
