import type * as tf from '@tensorflow/tfjs';
import { type OnnxRuntimeBackend, sizeOf } from '../backend';
import type { Kernel } from '../kernels/kernel';
import type { Operand } from '../ort/runtime';
import { expectShape, expectShapeIfAny } from './contract';
import { normGradientGraph, normGraph } from './layerNormGraph';
import { nativeOr } from './native';

const outputs = (rows: number, width: number) =>
  [{ shape: [rows, width] }, { shape: [rows, width] }, { shape: [rows, 1] }] as const;

/** Tensors of the shapes, zero: what there is of no rows. */
export const empty = (
  backend: OnnxRuntimeBackend,
  specs: readonly { shape: readonly number[] }[],
): tf.TensorInfo[] =>
  specs.map(({ shape }) => {
    const { info, values } = backend.fresh(shape);
    values.fill(0);
    return info;
  });

/** SteadyLayerNorm: [y, normalised, inverseDeviation] of x [M, D] with gain and bias [D]. */
export const layerNorm: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyLayerNorm', call, 'x', [null, null]);
  const x = inputs.x!;
  const [rows, width] = x.shape as [number, number];
  for (const name of ['gain', 'bias']) expectShape('SteadyLayerNorm', call, name, [width]);
  const epsilon = attrs.epsilon as number;
  const specs = outputs(rows, width);
  const size = sizeOf(x.shape);
  if (size === 0) return empty(backend, specs);
  const [gain, bias] = [inputs.gain!, inputs.bias!];
  const graph = (): tf.TensorInfo[] => {
    const operands = [x, gain, bias].map((info) => backend.operand(info));
    return backend.compute(
      `SteadyLayerNorm:${epsilon}`,
      normGraph(epsilon, false, false),
      operands,
      specs,
      4 * size,
    );
  };
  const reads = [backend.values(x), backend.values(gain), backend.values(bias)] as const;
  return nativeOr(backend, reads, specs, (k, r, w) => k.layerNorm(...r, ...w, rows, width, epsilon), graph);
};

/** SteadyAddLayerNorm: the norm of omega * shortcut + branch, all [M, D]; omega, gain, bias [D]. */
export const addLayerNorm: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyAddLayerNorm', call, 'shortcut', [null, null]);
  const shortcut = inputs.shortcut!;
  const { omega } = inputs;
  const [rows, width] = shortcut.shape as [number, number];
  expectShape('SteadyAddLayerNorm', call, 'branch', [rows, width]);
  for (const name of ['gain', 'bias']) expectShape('SteadyAddLayerNorm', call, name, [width]);
  expectShapeIfAny('SteadyAddLayerNorm', call, 'omega', [width]);
  const epsilon = attrs.epsilon as number;
  const specs = outputs(rows, width);
  const size = sizeOf(shortcut.shape);
  if (size === 0) return empty(backend, specs);
  const [branch, gain, bias] = [inputs.branch!, inputs.gain!, inputs.bias!];
  const graph = (): tf.TensorInfo[] => {
    const given = [shortcut, branch, gain, bias, ...(omega ? [omega] : [])];
    const operands = given.map((info) => backend.operand(info));
    const key = `SteadyAddLayerNorm:${epsilon}:${omega != null}`;
    return backend.compute(key, normGraph(epsilon, true, omega != null), operands, specs, 4 * size);
  };
  const sides = [backend.values(shortcut), backend.values(branch)] as const;
  const weights = [backend.values(gain), backend.values(bias)] as const;
  const last = [rows, width, epsilon] as const;
  if (omega == null) {
    const reads = [...sides, ...weights] as const;
    return nativeOr(backend, reads, specs, (k, r, w) => k.addLayerNorm(...r, ...w, ...last), graph);
  }
  const reads = [...sides, backend.values(omega), ...weights] as const;
  return nativeOr(backend, reads, specs, (k, r, w) => k.scaledAddLayerNorm(...r, ...w, ...last), graph);
};

const gradient =
  (name: string, joined: boolean): Kernel =>
  (call) => {
    const { inputs, backend } = call;
    expectShape(name, call, 'dy', [null, null]);
    const dy = inputs.dy!;
    const [rows, width] = dy.shape as [number, number];
    const omega = joined ? inputs.omega : undefined;
    expectShape(name, call, 'normalised', [rows, width]);
    expectShape(name, call, 'inverseDeviation', [rows, 1]);
    expectShape(name, call, 'gain', [width]);
    if (omega != null) {
      expectShape(name, call, 'shortcut', [rows, width]);
      expectShape(name, call, 'omega', [width]);
    }
    const shape = [rows, width];
    const alone = [{ shape }, { shape: [width] }, { shape: [width] }] as const;
    const specs = [...alone, { shape }, { shape: [width] }] as const;
    const size = sizeOf(shape);
    if (size === 0) return empty(backend, omega ? specs : alone);
    const saved = [dy, inputs.normalised!, inputs.inverseDeviation!, inputs.gain!] as const;
    const scaled = omega ? ([inputs.shortcut!, omega] as const) : [];
    const graph = (): tf.TensorInfo[] => {
      const of = (info: tf.TensorInfo): Operand => backend.operand(info);
      const operands = [...saved.map(of), backend.scalar(1 / width), ...scaled.map(of)];
      const key = `${name}:${omega != null}`;
      return backend.compute(
        key,
        normGradientGraph(omega != null),
        operands,
        omega ? specs : alone,
        4 * size,
      );
    };
    const values = (info: tf.TensorInfo): Float32Array => backend.values(info);
    const reads = [values(saved[0]), values(saved[1]), values(saved[2]), values(saved[3])] as const;
    if (omega == null) {
      return nativeOr(backend, reads, alone, (k, r, w) => k.layerNormGrad(...r, ...w, rows, width), graph);
    }
    const more = [...reads, values(inputs.shortcut!), values(omega)] as const;
    return nativeOr(
      backend,
      more,
      specs,
      (k, r, w) => k.scaledAddLayerNormGrad(...r, ...w, rows, width),
      graph,
    );
  };

/** SteadyLayerNormGrad: [dx, dGain, dBias]. */
export const layerNormGrad: Kernel = gradient('SteadyLayerNormGrad', false);

/** SteadyAddLayerNormGrad: [dBranch, dGain, dBias], and with omega also [dShortcut, dOmega]. */
export const addLayerNormGrad: Kernel = gradient('SteadyAddLayerNormGrad', true);
