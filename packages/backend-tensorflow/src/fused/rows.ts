import type * as tf from '@tensorflow/tfjs';
import { type Call, kernel } from '../kernels/kernel';
import { compute } from '../ops/compute';
import { dropoutFactors } from './dropoutFactors';
import { expectShape } from './shapes';

/** dWeight_v = the sum of dy_m over the m with ids_m = v: [V, D] */
const embeddingGrad = (call: Call): tf.Tensor[] => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyEmbeddingGrad', call, 'dy', [null, null]);
  expectShape('SteadyEmbeddingGrad', call, 'ids', [inputs.dy!.shape[0]!], 'int32');
  return compute(backend, ({ run, of, ints }) => [
    run('UnsortedSegmentSum', [of(inputs.dy!), of(inputs.ids!), ints([attrs.vocabulary as number], [])]),
  ]);
};

/** y = x times the factors of the key, 0 where they are, whatever x holds. */
const dropout = ({ inputs, attrs, backend }: Call): tf.Tensor[] => {
  const x = inputs.x!;
  const size = x.shape.reduce((count, axis) => count * axis, 1);
  const factors = dropoutFactors(attrs.key as [number, number], size, attrs.rate as number);
  return compute(backend, ({ run, of, tensor }) => [run('MulNoNan', [of(x), tensor(factors, x.shape)])]);
};

/** sqrt(sum x^2): [norm []] */
const norm = (call: Call): tf.Tensor[] => {
  expectShape('SteadyNorm', call, 'x', [null]);
  return compute(call.backend, (ops) => [ops.norm(ops.of(call.inputs.x!))]);
};

/** Kernels of rows and flat arrays. */
export const rowKernels: Readonly<Record<string, tf.KernelFunc>> = {
  SteadyEmbeddingGrad: kernel(embeddingGrad),
  SteadyDropout: kernel(dropout),
  SteadyNorm: kernel(norm),
};
