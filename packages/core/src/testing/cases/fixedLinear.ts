import type * as tf from '@tensorflow/tfjs';
import type { FixedLinearAttrs } from '../../backend/attributes';
import { hasKernel, runKernel } from '../../backend/kernels';
import { composedFixedLinear } from '../../ops/fixedLinear';
import { noise, reals } from '../numbers';
import type { KernelCase, Spec } from '../spec';
import { sceneCase } from './inPlace';

/** Axes of x before its last, K and N. */
const SIZES: readonly (readonly [rows: readonly number[], inputs: number, outputs: number])[] = [
  [[1], 1, 1],
  [[3], 5, 7],
  [[2, 1], 6, 4],
  [[5, 7], 70, 41],
  [[0], 3, 2],
  [[2], 0, 3],
];

/** SteadyFixedLinear with every activation, with and without a bias, and with the weight either way. */
export const fixedLinearSpecs: () => Spec<'SteadyFixedLinear'>[] = () =>
  (['none', 'relu', 'gelu'] as const).flatMap((activation) =>
    [true, false].flatMap((biased) =>
      [true, false].flatMap((transposed) =>
        SIZES.map(([rows, inputs, outputs]): Spec<'SteadyFixedLinear'> => {
          const sizes = transposed ? [outputs, inputs] : [inputs, outputs];
          return {
            kernel: 'SteadyFixedLinear',
            options: `${activation}, ${biased ? 'with' : 'without'} bias, [${[...rows, inputs]}] by [${sizes}]${transposed ? ' transposed' : ''}`,
            inputs: {
              x: reals([...rows, inputs], 1),
              weight: reals(sizes, 2),
              ...(biased ? { bias: reals([outputs], 3) } : {}),
            },
            attrs: { activation, transposed, owned: false, computeType: 'float32' },
            composed: composedFixedLinear,
            outputs: ['y'],
          };
        }),
      ),
    ),
  );

const sum = (weight: readonly number[]): number[] => [0, 1].map((j) => weight[j]! + weight[2 + j]!);

/** What a backend keeps of a weight is that weight's, and as new as it. */
export const fixedWeightCases = (backend: string): KernelCase[] =>
  [true, false].map((owned) =>
    sceneCase(
      backend,
      'SteadyFixedLinear',
      `weights that come, go and change, owned: ${owned}`,
      async (scene) => {
        const { make, keep, holds, copy } = scene;
        const attrs: FixedLinearAttrs = {
          activation: 'none',
          transposed: false,
          owned,
          computeType: 'float32',
        };
        const x = make([1, 1], [1, 2]);
        const ask = async (what: string, weight: tf.Tensor, expected: readonly number[]): Promise<void> => {
          const inputs = { x, weight: weight as tf.Tensor2D };
          await holds(what, keep(runKernel('SteadyFixedLinear', inputs, attrs)[0]!), expected);
        };
        const [one, other, third] = [1, 2, 3].map((seed) =>
          noise(4, seed).map((value) => Math.round(8 * value)),
        );
        const weight = make(one!, [2, 2]);
        await ask('the product', weight, sum(one!));
        await ask('the product again', weight, sum(one!));
        await ask('that of another weight', make(other!, [2, 2]), sum(other!));
        if (!hasKernel('SteadyCopy')) return;
        copy(weight, third!);
        await ask('that of the weight after it was written in place', weight, sum(third!));
      },
    ),
  );
