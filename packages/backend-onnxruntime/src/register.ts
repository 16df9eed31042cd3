import * as tf from '@tensorflow/tfjs';
import type { OnnxRuntimeBackend } from './backend';
import { OnnxRuntimeError } from './errors';
import { fusedKernels } from './fused';
import { binaryKernels } from './kernels/binary';
import { concatKernels } from './kernels/concat';
import { convolutionKernels } from './kernels/convolution';
import { fillKernels } from './kernels/fill';
import { gatherKernels } from './kernels/gather';
import type { Call, Kernel, KernelTable } from './kernels/kernel';
import { matMulKernels } from './kernels/matMul';
import { pointwiseKernels } from './kernels/pointwise';
import { reductionKernels } from './kernels/reduction';
import { sliceKernels } from './kernels/slice';
import { softmaxKernels } from './kernels/softmax';
import { transposeKernels } from './kernels/transpose';
import { unaryKernels } from './kernels/unary';

/** The name under which the backend is registered with tfjs. */
export const BACKEND_NAME = 'onnxruntime';

const KERNELS: KernelTable = {
  ...unaryKernels,
  ...binaryKernels,
  ...matMulKernels,
  ...reductionKernels,
  ...softmaxKernels,
  ...transposeKernels,
  ...gatherKernels,
  ...sliceKernels,
  ...concatKernels,
  ...fillKernels,
  ...pointwiseKernels,
  ...convolutionKernels,
  ...fusedKernels,
};

/** Names of the kernels that this package implements; all others are tfjs's cpu kernels. */
export const ownKernels = (): string[] => Object.keys(KERNELS);

const kernelFunction =
  (name: string, kernel: Kernel | undefined, cpu: tf.KernelFunc | undefined): tf.KernelFunc =>
  ({ inputs, attrs, backend }) => {
    const ours = backend as OnnxRuntimeBackend;
    const plain: Call['plain'] = (changes = {}) => {
      if (cpu == null) throw new OnnxRuntimeError(`Kernel '${name}' has no form for these inputs`);
      const changed = Array.isArray(inputs) ? inputs : { ...inputs, ...changes.inputs };
      return cpu({ inputs: changed, attrs: { ...attrs, ...changes.attrs } as tf.NamedAttrMap, backend });
    };
    return ours.guarded(() => {
      const call: Call = {
        inputs: inputs as Call['inputs'],
        list: Array.isArray(inputs) ? (inputs as Call['list']) : [],
        attrs: (attrs ?? {}) as Call['attrs'],
        backend: ours,
        plain,
      };
      return kernel?.(call) ?? plain();
    });
  };

/** Registers every kernel of tfjs's cpu backend for ours, with our own in front where there is one. */
export const registerKernels = (): void => {
  const cpu = new Map(tf.getKernelsForBackend('cpu').map((config) => [config.kernelName, config]));
  for (const kernelName of new Set([...cpu.keys(), ...Object.keys(KERNELS)])) {
    const config = cpu.get(kernelName);
    const kernelFunc = kernelFunction(kernelName, KERNELS[kernelName], config?.kernelFunc);
    tf.registerKernel({ ...config, kernelName, backendName: BACKEND_NAME, kernelFunc });
  }
};
