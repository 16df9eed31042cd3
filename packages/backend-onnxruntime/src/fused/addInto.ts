import { sizeOf } from '../backend';
import { OnnxRuntimeError } from '../errors';
import type { Call, Kernel } from '../kernels/kernel';
import { Graph } from '../onnx/graph';
import { FLOAT, type Operand } from '../ort/runtime';
import { expectShape } from './contract';

const addGraph = (): Graph => {
  const g = new Graph();
  g.output(g.op('Add', [g.input(), g.input()]));
  return g;
};

/** With four sums, as one addition would wait for the other. */
const sumOfSquares = (x: Float32Array): number => {
  const whole = x.length - (x.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += x[i]! * x[i]!;
    b += x[i + 1]! * x[i + 1]!;
    c += x[i + 2]! * x[i + 2]!;
    d += x[i + 3]! * x[i + 3]!;
  }
  for (let i = whole; i < x.length; i++) a += x[i]! * x[i]!;
  return a + b + c + d;
};

const rootOf = (squares: number, backend: Call['backend']): ReturnType<Kernel> => {
  const { info, values } = backend.fresh([]);
  values[0] = Math.sqrt(squares);
  return info;
};

/** SteadyNorm: the L2 norm [] of x [P]. */
export const norm: Kernel = (call) => {
  const { inputs, backend } = call;
  expectShape('SteadyNorm', call, 'x', [null]);
  const x = backend.values(inputs.x!);
  const native: { squares?: number } = {};
  backend.native({ reads: [x], writes: [] }, (kernels, at) => {
    native.squares = kernels.sumOfSquares(at(x), x.length);
  });
  return rootOf(native.squares ?? sumOfSquares(x), backend);
};

/** SteadyAddInto, in place: sum := sum + x; its L2 norm []. */
export const addInto: Kernel = (call) => {
  const { inputs, backend } = call;
  for (const name of ['sum', 'x']) expectShape('SteadyAddInto', call, name, inputs[name]!.shape);
  const [count, more] = [sizeOf(inputs.sum!.shape), sizeOf(inputs.x!.shape)];
  if (count !== more) {
    throw new OnnxRuntimeError(
      `SteadyAddInto x: received ${more} elements, allowed ${count}, the size of the sum.`,
    );
  }
  const sum = backend.writable(inputs.sum!);
  const x = backend.values(inputs.x!);
  const native: { squares?: number } = {};
  backend.native({ reads: [x], writes: [], updates: [sum] }, (kernels, at) => {
    native.squares = kernels.addIntoWithSquares(at(sum), at(x), count);
  });
  if (native.squares != null) return rootOf(native.squares, backend);
  const operand = (data: Float32Array): Operand => ({ data, shape: [count], type: FLOAT });
  if (count > 0)
    backend.execute('SteadyAddInto', addGraph, [operand(sum), operand(x)], [operand(sum)], count);
  return rootOf(sumOfSquares(sum), backend);
};
