import * as tf from '@tensorflow/tfjs';
import type { Activation } from '../../backend/attributes';
import { runKernel } from '../../backend/kernels';
import { composedLinear, composedLinearGrad } from '../../ops/linear';
import { noise, type Plains, reals } from '../numbers';
import type { KernelCase, Spec } from '../spec';
import { sceneCase } from './inPlace';

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

/** A gradient that is written where the caller wants it, or given as without. */
export const linearIntoCases = (backend: string): KernelCase[] =>
  (['none', 'relu', 'gelu'] as const).map((activation) =>
    sceneCase(backend, 'SteadyLinearGrad', `into memory of the caller's, ${activation}`, async (scene) => {
      const { make, keep, holds } = scene;
      const inputs = {
        dy: make(noise(12, 1), [4, 3]) as tf.Tensor2D,
        x: make(noise(8, 2), [4, 2]) as tf.Tensor2D,
        weight: make(noise(6, 3), [2, 3]) as tf.Tensor2D,
        saved: activation === 'none' ? undefined : (make(noise(12, 4), [4, 3]) as tf.Tensor2D),
      };
      const into = make(noise(6, 5), [2, 3]) as tf.Tensor2D;
      const attrs = { activation, bias: true };
      const expected = runKernel('SteadyLinearGrad', inputs, attrs).map(keep);
      const numbers = await Promise.all(expected.map((tensor) => tensor.data()));
      const before = Array.from(await into.data());
      const grad = (dy: tf.Tensor2D): tf.Tensor[] =>
        runKernel('SteadyLinearGrad', { ...inputs, dy, into }, attrs).map(keep);
      const received = grad(inputs.dy);
      const written = received[1]?.shape.join() === '0';
      const all = written ? [received[0]!, into, ...received.slice(2)] : received;
      for (const [i, name] of ['dx', 'dWeight', 'dBias'].entries()) {
        await holds(name, all[i]!, Array.from(numbers[i]!));
      }
      if (!written) return holds('what it did not write', into, before);
      const held = keep(tf.clone(into));
      grad(make(noise(12, 6), [4, 3]) as tf.Tensor2D);
      await holds('a clone of what is written once more', held, Array.from(numbers[1]!));
    }),
  );
