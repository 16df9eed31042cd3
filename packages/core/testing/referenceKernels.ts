import * as tf from '@tensorflow/tfjs';
import type { AdamStepAttrs, AttentionAttrs, FusedKernelName, FusedKernels } from '../src/backend/kernels';
import { dropoutFactors, type RandomKey } from '../src/random/random';
import { attentionGradients, attentionRows } from './referenceAttention';
import { attentionStepRows, topLogitsRows } from './referenceDecoding';
import { type CpuBackend, keepWhatIsHeld } from './referenceInPlace';
import { add, f32, type Inputs, type Kernel, type Numbers } from './referenceKernel';
import { fixedLinear, linear, linearGrad } from './referenceLinear';
import { addLayerNorm, addLayerNormGrad, normGrad, normRows, rmsNorm, rmsNormGrad } from './referenceNorm';

/** A product in which a factor of zero switches off. */
const times = (factor: number, x: number): number => (factor === 0 ? 0 : factor * x);

const crossEntropy: Kernel = ({ logits, labels }, { smoothing }) => {
  const [m, v] = logits!.shape as [number, number];
  const s = smoothing as number;
  const row = (i: number): Numbers => logits!.values.subarray(i * v, (i + 1) * v);
  const normaliser = f32(m, (i) => {
    const top = Math.max(...row(i));
    return top + Math.log(row(i).reduce((sum, value) => sum + Math.exp(value - top), 0));
  });
  const nll = normaliser.map((z, i) => z - row(i)[labels!.values[i]!]!);
  const loss = nll.map(
    (value, i) => (1 - s) * value + times(s, normaliser[i]! - row(i).reduce((a, b) => a + b, 0) / v),
  );
  return [loss, nll, normaliser].map((values) => ({ values, shape: [m] }));
};

const crossEntropyGrad: Kernel = ({ dLoss, logits, labels, logNormaliser }, { smoothing }) => {
  const v = logits!.shape[1]!;
  const s = smoothing as number;
  const values = logits!.values.map((z, at) => {
    const i = Math.floor(at / v);
    const target = (labels!.values[i] === at % v ? 1 - s : 0) + s / v;
    return times(dLoss!.values[i]!, Math.exp(z - logNormaliser!.values[i]!) - target);
  });
  return [{ values, shape: logits!.shape }];
};

const embeddingGrad: Kernel = ({ dy, ids }, { vocabulary }) => {
  const width = dy!.shape[1]!;
  const values = new Float32Array((vocabulary as number) * width);
  for (const [at, d] of dy!.values.entries())
    add(values, ids!.values[(at / width) | 0]! * width + (at % width), d);
  return [{ values, shape: [vocabulary as number, width] }];
};

const dropout: Kernel = ({ x }, { rate, key }) => {
  const factors = dropoutFactors(key as RandomKey, x!.values.length, rate as number);
  return [{ values: x!.values.map((value, i) => times(factors[i]!, value)), shape: x!.shape }];
};

const adamStep: Kernel = (inputs, attrs) => {
  const { beta1, beta2, epsilon, stepSize, rootScale, adaptive, decay, l2, gradientScale } =
    attrs as unknown as AdamStepAttrs;
  const [p, gradient, m, v] = [inputs.parameters!, inputs.gradient!, inputs.m!, inputs.v!].map(
    (x) => x.values,
  );
  for (let i = 0; i < p!.length; i++) {
    const g = gradientScale * gradient![i]! + times(l2, p![i]!);
    m![i] = times(beta1, m![i]!) + (1 - beta1) * g;
    v![i] = times(beta2, v![i]!) + (1 - beta2) * g * g;
    p![i] =
      decay * p![i]! - times(stepSize, m![i]!) / (adaptive ? rootScale * Math.sqrt(v![i]!) + epsilon : 1);
  }
  return [{ values: new Float32Array(0), shape: [0] }];
};

const lengthOf = (x: Numbers): number => Math.sqrt(x.reduce((sum, each) => sum + each * each, 0));

const kernels: Record<FusedKernelName, Kernel> = {
  SteadyLinear: linear,
  SteadyLinearGrad: linearGrad,
  SteadyFixedLinear: fixedLinear,
  SteadyLayerNorm: ({ x, gain, bias }, { epsilon }) =>
    normRows(x!.values, gain!.values.length, gain!.values, bias!.values, epsilon as number),
  SteadyLayerNormGrad: normGrad,
  SteadyAddLayerNorm: addLayerNorm,
  SteadyAddLayerNormGrad: addLayerNormGrad,
  SteadyRmsNorm: rmsNorm,
  SteadyRmsNormGrad: rmsNormGrad,
  SteadyAttention: (inputs, attrs) => attentionRows(inputs, attrs as unknown as AttentionAttrs),
  SteadyAttentionGrad: (inputs, attrs) => attentionGradients(inputs, attrs as unknown as AttentionAttrs),
  SteadyAttentionStep: attentionStepRows,
  SteadyTopLogits: topLogitsRows,
  SteadySoftmaxCrossEntropy: crossEntropy,
  SteadySoftmaxCrossEntropyGrad: crossEntropyGrad,
  SteadyEmbeddingGrad: embeddingGrad,
  SteadyDropout: dropout,
  // The cpu backend keeps the array it is given, so a view of an array is a view of the tensor.
  SteadyView: ({ x }, { offset, shape }) => {
    const [from, sizes] = [offset as number, shape as number[]];
    return [{ values: x!.values.subarray(from, from + tf.util.sizeFromShape(sizes)), shape: sizes }];
  },
  SteadyCopy: ({ destination, source }) => {
    destination!.values.set(source!.values);
    return [{ values: new Float32Array(0), shape: [0] }];
  },
  SteadyAdamStep: adamStep,
  SteadyNorm: ({ x }) => [{ values: f32(1, () => lengthOf(x!.values)), shape: [] }],
  SteadyAddInto: ({ sum, x }) => {
    for (const [at, each] of x!.values.entries()) add(sum!.values, at, each);
    return [{ values: f32(1, () => lengthOf(sum!.values)), shape: [] }];
  },
};

/** Inputs that kernels write, or share the memory of. */
const inPlace: Partial<Record<FusedKernelName, readonly string[]>> = {
  SteadyView: ['x'],
  SteadyCopy: ['destination'],
  SteadyAdamStep: ['parameters', 'm', 'v'],
  SteadyAddInto: ['sum'],
  SteadyLinearGrad: ['into'],
};

/**
 * The contract once more, in plain loops, registered for the cpu backend: it shows that core's ops hand kernels what the
 * contract says and use what it says comes back. `onCall` sees each run, and `changed` may put a kernel in the place of
 * another; returns how to undo it.
 */
export const registerReferenceKernels = (
  onCall: (name: FusedKernelName, inputs: Inputs, attrs: object) => void = () => {},
  names: readonly FusedKernelName[] = Object.keys(kernels) as (keyof FusedKernels)[],
  changed: Partial<Record<FusedKernelName, (kernel: Kernel) => Kernel>> = {},
): (() => void) => {
  const held = Object.keys(inPlace).every((name) => names.includes(name as FusedKernelName))
    ? keepWhatIsHeld()
    : undefined;
  for (const kernelName of names) {
    const kernel = (changed[kernelName] ?? ((own: Kernel) => own))(kernels[kernelName]);
    tf.registerKernel({
      kernelName,
      backendName: 'cpu',
      kernelFunc: ({ inputs, attrs = {}, backend }) => {
        const cpu = backend as unknown as CpuBackend;
        const named = Object.fromEntries(
          Object.entries(inputs).map(([name, info]) => {
            const { dataId, shape } = info as tf.TensorInfo;
            return [name, { values: cpu.data.get(dataId).values, shape }];
          }),
        );
        onCall(kernelName, named, attrs);
        for (const name of inPlace[kernelName] ?? []) {
          const written = inputs[name] as tf.TensorInfo | undefined;
          if (written) held?.mark(cpu, written.dataId);
        }
        return kernel(named, attrs as Readonly<Record<string, unknown>>).map((out) => {
          const dtype: 'float32' | 'int32' = out.dtype ?? 'float32';
          const dataId = cpu.write(out.values, [...out.shape], dtype);
          if (kernelName === 'SteadyView') held?.mark(cpu, dataId);
          return { dataId, shape: [...out.shape], dtype };
        });
      },
    });
  }
  return () => {
    for (const name of names) if (tf.getKernel(name, 'cpu')) tf.unregisterKernel(name, 'cpu');
    held?.undo();
  };
};
