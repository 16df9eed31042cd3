import type * as tf from '@tensorflow/tfjs';
import { type Call, kernel } from '../kernels/kernel';
import { compute, type Ops } from '../ops/compute';
import type { Handle } from '../ops/native';
import { expectShape, expectShapeIfAny } from './shapes';

/** The mean of every row of x [M, D]: [M, 1] */
const rowMeans = ({ run, ints }: Ops, x: Handle): Handle => run('Mean', [x, ints([1])], { keep_dims: true });

/** 1 / sqrt(mean(x^2) + epsilon) of every row: [M, 1] */
const inverseRoots = (ops: Ops, x: Handle, epsilon: number): Handle => {
  const variance = rowMeans(ops, ops.run('Square', [x]));
  return ops.run('Rsqrt', [ops.run('AddV2', [variance, ops.reals([epsilon])])]);
};

/** n = (x - mean) r, r = 1 / sqrt(var + epsilon), y = n gain + bias: [y, n, r] */
const normalised = (ops: Ops, x: Handle, { inputs, attrs }: Call): Handle[] => {
  const { run, of } = ops;
  const centred = run('Sub', [x, rowMeans(ops, x)]);
  const r = inverseRoots(ops, centred, attrs.epsilon as number);
  const n = run('Mul', [centred, r]);
  return [run('AddV2', [run('Mul', [n, of(inputs.gain!)]), of(inputs.bias!)]), n, r];
};

const layerNorm = (call: Call): tf.Tensor[] => {
  const { inputs, backend } = call;
  expectShape('SteadyLayerNorm', call, 'x', [null, null]);
  for (const name of ['gain', 'bias']) expectShape('SteadyLayerNorm', call, name, [inputs.x!.shape[1]!]);
  return compute(backend, (ops) => normalised(ops, ops.of(inputs.x!), call));
};

/** The same of omega shortcut + branch. */
const addLayerNorm = (call: Call): tf.Tensor[] => {
  const { inputs, backend } = call;
  const name = 'SteadyAddLayerNorm';
  expectShape(name, call, 'shortcut', [null, null]);
  const [rows, width] = inputs.shortcut!.shape as [number, number];
  expectShape(name, call, 'branch', [rows, width]);
  for (const each of ['gain', 'bias']) expectShape(name, call, each, [width]);
  expectShapeIfAny(name, call, 'omega', [width]);
  return compute(backend, (ops) => {
    const { run, of } = ops;
    const shortcut = of(inputs.shortcut!);
    const skip = inputs.omega ? run('Mul', [shortcut, of(inputs.omega)]) : shortcut;
    return normalised(ops, run('AddV2', [skip, of(inputs.branch!)]), call);
  });
};

/** What the gradients of norms share: the means over each row of gain dy n, and dGain. */
const along = (ops: Ops, { inputs }: Call) => {
  const { run, of } = ops;
  const [dy, n, gain] = [of(inputs.dy!), of(inputs.normalised!), of(inputs.gain!)];
  const width = inputs.gain!.shape[0]!;
  // gain / D as a column: products with it are means over rows, and leave no matrix behind.
  const share = ops.reshape(run('Mul', [gain, ops.reals([1 / Math.max(1, width)])]), [width, 1]);
  const dyN = run('Mul', [dy, n]);
  return {
    ...{ dy, n, share },
    scaled: run('Mul', [dy, gain]),
    tilted: run('Mul', [n, run('MatMul', [dyN, share])]),
    dGain: run('BiasAddGrad', [dyN]),
  };
};

/** dx = (s - mean(s) - n mean(s n)) r for s = gain dy: [dx, dGain, dBias] */
const layerNormGradients = (ops: Ops, call: Call): [dx: Handle, dGain: Handle, dBias: Handle] => {
  const { run, of } = ops;
  const { dy, share, scaled, tilted, dGain } = along(ops, call);
  const centred = run('Sub', [scaled, run('MatMul', [dy, share])]);
  const dx = run('Mul', [run('Sub', [centred, tilted]), of(call.inputs.inverseDeviation!)]);
  return [dx, dGain, run('BiasAddGrad', [dy])];
};

const expectSaved = (name: string, root: string, call: Call): void => {
  expectShape(name, call, 'dy', [null, null]);
  const [rows, width] = call.inputs.dy!.shape as [number, number];
  expectShape(name, call, 'normalised', [rows, width]);
  expectShape(name, call, root, [rows, 1]);
  expectShape(name, call, 'gain', [width]);
};

const layerNormGrad = (call: Call): tf.Tensor[] => {
  expectSaved('SteadyLayerNormGrad', 'inverseDeviation', call);
  return compute(call.backend, (ops) => layerNormGradients(ops, call));
};

/** With omega also dShortcut = omega dBranch and dOmega = the sum over rows of dBranch shortcut. */
const addLayerNormGrad = (call: Call): tf.Tensor[] => {
  const { inputs, backend } = call;
  const name = 'SteadyAddLayerNormGrad';
  expectSaved(name, 'inverseDeviation', call);
  const { shortcut, omega } = inputs;
  if (omega) {
    expectShape(name, call, 'shortcut', inputs.dy!.shape);
    expectShape(name, call, 'omega', [inputs.dy!.shape[1]!]);
  }
  return compute(backend, (ops) => {
    const { run, of } = ops;
    const gradients = layerNormGradients(ops, call);
    if (!shortcut || !omega) return gradients;
    const [dBranch] = gradients;
    const dOmega = run('BiasAddGrad', [run('Mul', [dBranch, of(shortcut)])]);
    return [...gradients, run('Mul', [dBranch, of(omega)]), dOmega];
  });
};

/** n = x r, r = 1 / sqrt(mean(x^2) + epsilon), y = n gain: [y, n, r] */
const rmsNorm = (call: Call): tf.Tensor[] => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyRmsNorm', call, 'x', [null, null]);
  expectShape('SteadyRmsNorm', call, 'gain', [inputs.x!.shape[1]!]);
  return compute(backend, (ops) => {
    const { run, of } = ops;
    const x = of(inputs.x!);
    const r = inverseRoots(ops, x, attrs.epsilon as number);
    const n = run('Mul', [x, r]);
    return [run('Mul', [n, of(inputs.gain!)]), n, r];
  });
};

/** dx = (s - n mean(s n)) r for s = gain dy: [dx, dGain] */
const rmsNormGrad = (call: Call): tf.Tensor[] => {
  expectSaved('SteadyRmsNormGrad', 'inverseRoot', call);
  return compute(call.backend, (ops) => {
    const { run, of } = ops;
    const { scaled, tilted, dGain } = along(ops, call);
    return [run('Mul', [run('Sub', [scaled, tilted]), of(call.inputs.inverseRoot!)]), dGain];
  });
};

/** LayerNorm, that of a join, RMSNorm, and their gradients. */
export const normKernels: Readonly<Record<string, tf.KernelFunc>> = {
  SteadyLayerNorm: kernel(layerNorm),
  SteadyLayerNormGrad: kernel(layerNormGrad),
  SteadyAddLayerNorm: kernel(addLayerNorm),
  SteadyAddLayerNormGrad: kernel(addLayerNormGrad),
  SteadyRmsNorm: kernel(rmsNorm),
  SteadyRmsNormGrad: kernel(rmsNormGrad),
};
