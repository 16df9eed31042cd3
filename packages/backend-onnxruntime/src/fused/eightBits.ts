import type * as tf from '@tensorflow/tfjs';
import type { OnnxRuntimeBackend } from '../backend';
import type { Call } from '../kernels/kernel';
import { Graph, type Value } from '../onnx/graph';
import { FLOAT, type Operand, UINT8 } from '../ort/runtime';

/** What bytes of rows are times, where the instructions add up pairs of products without overflow, and where not. */
const LEVELS = 127;
const SAFE_LEVELS = 63;

/** Weights [K, N] as bytes with a sign, a scale for each column. */
interface Quantized {
  readonly bytes: Int8Array;
  readonly scales: Float32Array;
}

const quantized = (weight: Float32Array, inputs: number, outputs: number, transposed: boolean): Quantized => {
  const [row, column] = transposed ? [1, inputs] : [outputs, 1];
  const scales = new Float32Array(outputs);
  const bytes = new Int8Array(inputs * outputs);
  for (let j = 0; j < outputs; j++) {
    let greatest = 0;
    for (let i = 0; i < inputs; i++) greatest = Math.max(greatest, Math.abs(weight[i * row + j * column]!));
    scales[j] = greatest / LEVELS;
    const factor = greatest > 0 ? LEVELS / greatest : 0;
    for (let i = 0; i < inputs; i++)
      bytes[i * outputs + j] = Math.round(weight[i * row + j * column]! * factor);
  }
  return { bytes, scales };
};

/** q [M, K] of `levels`, times bytes held by the program, times their scales: [M, N]. */
const product = (g: Graph, q: Value, { bytes, scales }: Quantized, levels: number): Value => {
  const [inputs, outputs] = [bytes.length / scales.length, scales.length];
  const weight = g.signedBytes(bytes, [inputs, outputs]);
  const by = g.weight(scales, [outputs]);
  return g.own('MatMulIntegerToFloat', [q, weight, g.constant(1), by, g.byte(levels + 1)]);
};

/** x [M, K] in place of q: bytes and scales of its rows by operators, where no kernels run. */
const byOperators = (g: Graph, levels: number, multiply: (q: Value) => Value): Value => {
  const x = g.input();
  const axis = g.integers(-1);
  const greatest = g.op('ReduceMax', [g.op('Abs', [x]), axis], { keepdims: 1 });
  // The greatest passes over NaN; 0 times it does not.
  const odd = g.op('ReduceSum', [g.op('Mul', [x, g.constant(0)]), axis], { keepdims: 1 });
  const scale = g.op('Add', [g.op('Div', [greatest, g.constant(levels)]), odd]);
  // A row of zeros: 0 / 0.
  const divisor = g.op('Max', [scale, g.constant(1e-30)]);
  const whole = g.op('Add', [g.op('Round', [g.op('Div', [x, divisor])]), g.constant(levels + 1)]);
  return g.op('Mul', [multiply(g.op('Cast', [whole], { to: UINT8 })), scale]);
};

const known = new WeakMap<OnnxRuntimeBackend, number>();

/**
 * How many steps from 0 the bytes of a row may go: 127, or 63 where instructions (those of AVX2 without VNNI) add up pairs of
 * products in 16 bits. Tried once.
 */
const levelsOf = (backend: OnnxRuntimeBackend): number => {
  const before = known.get(backend);
  if (before !== undefined) return before;
  const [inputs, outputs] = [64, 16];
  const q: Operand = {
    data: new Uint8Array(new ArrayBuffer(128), 0, inputs).fill(255),
    shape: [1, inputs],
    type: UINT8,
  };
  const y: Operand = { data: backend.scratch(outputs), shape: [1, outputs], type: FLOAT };
  const build = (): Graph => {
    const g = new Graph();
    const bytes = new Int8Array(inputs * outputs).fill(LEVELS);
    g.output(product(g, g.input(UINT8), { bytes, scales: new Float32Array(outputs).fill(1) }, LEVELS));
    return g;
  };
  backend.execute('SteadyFixedLinear:levels', build, [q], [y], 1);
  const exact = (y.data as Float32Array).every((sum) => sum === inputs * LEVELS * LEVELS);
  const levels = exact ? LEVELS : SAFE_LEVELS;
  known.set(backend, levels);
  return levels;
};

/** Settings of one product. */
export interface EightBits {
  /** x seen as [M, K]. */
  readonly x: Operand;
  readonly outputs: number;
  readonly transposed: boolean;
  readonly relu: boolean;
  readonly output: { readonly shape: readonly number[]; readonly graphShape: readonly number[] };
  readonly work: number;
}

/**
 * x W + b, or relu of it, in bytes: x by a scale a row, W by one a column, products added up in whole numbers, so that a row's
 * result does not depend on the others.
 */
export const inEightBits = (call: Call, settings: EightBits): tf.TensorInfo => {
  const { inputs, backend } = call;
  const { x, outputs, transposed, relu, output, work } = settings;
  const [rows, columns] = x.shape as [number, number];
  const weight = inputs.weight!;
  const levels = levelsOf(backend);
  const bytesOf = (): Quantized => quantized(backend.values(weight), columns, outputs, transposed);
  const key = `SteadyFixedLinear:int8:${transposed}`;
  const q = backend.fresh<Uint8Array>([rows, columns], 'bool');
  const scales = backend.fresh([rows]);
  try {
    const reads = [x.data as Float32Array];
    const done = backend.native({ reads, writes: [q.values, scales.values] }, (kernels, at) =>
      kernels.quantizeRows(at(reads[0]!), rows, columns, levels, at(q.values), at(scales.values)),
    );
    if (done) {
      const build = (): Graph => {
        const g = new Graph();
        g.output(product(g, g.input(UINT8), bytesOf(), levels));
        return g;
      };
      const operand: Operand = { data: q.values, shape: [rows, columns], type: UINT8 };
      const made = backend.computeWith(weight, key, build, [operand], output, work);
      const z = backend.values<Float32Array>(made);
      const bias = inputs.bias == null ? undefined : backend.values<Float32Array>(inputs.bias);
      const all = { reads: [scales.values, ...(bias ? [bias] : [])], writes: [], updates: [z] };
      const scaled = backend.native(all, (kernels, at) =>
        kernels.scaleBias(at(z), at(scales.values), bias != null, bias ? at(bias) : 0, relu, rows, outputs),
      );
      if (scaled) return made;
      backend.disposeData(made.dataId);
    }
  } finally {
    for (const { info } of [q, scales]) backend.disposeData(info.dataId);
  }
  const build = (): Graph => {
    const g = new Graph();
    const sum = byOperators(g, levels, (bytes) => product(g, bytes, bytesOf(), levels));
    const biased = inputs.bias == null ? sum : g.op('Add', [sum, g.input()]);
    g.output(relu ? g.op('Relu', [biased]) : biased);
    return g;
  };
  const biases = inputs.bias == null ? [] : [backend.operand(inputs.bias)];
  const form = `${key}:operators:${relu}:${biases.length}`;
  return backend.computeWith(weight, form, build, [x, ...biases], output, work);
};
