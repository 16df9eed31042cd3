import { sizeOf } from '../backend';
import { OnnxRuntimeError } from '../errors';
import type { Call, Kernel } from '../kernels/kernel';
import { Graph } from '../onnx/graph';
import { FLOAT, type Operand } from '../ort/runtime';
import { expectShape } from './contract';
import { piecesOf } from './pieces';

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

/** sum := sum + x; the sum of its squares. */
const addByGraph = (backend: Call['backend'], sum: Float32Array, x: Float32Array): number => {
  const operand = (data: Float32Array): Operand => ({ data, shape: [data.length], type: FLOAT });
  backend.execute('SteadyAddInto', addGraph, [operand(sum), operand(x)], [operand(sum)], sum.length);
  return sumOfSquares(sum);
};

/** SteadyNorm: the L2 norm [] of x [P]. */
export const norm: Kernel = (call) => {
  const { inputs, backend } = call;
  expectShape('SteadyNorm', call, 'x', [null]);
  const x = backend.values(inputs.x!);
  let squares = 0;
  for (const [piece] of piecesOf(backend, x)) {
    const done = backend.native({ reads: [piece], writes: [] }, (kernels, at) => {
      squares += kernels.sumOfSquares(at(piece), piece.length);
    });
    if (!done) squares += sumOfSquares(piece);
  }
  return rootOf(squares, backend);
};

/** SteadyAddInto, in place: sum := sum + x; its L2 norm []. */
export const addInto: Kernel = (call) => {
  const { inputs, backend } = call;
  for (const name of ['sum', 'x']) expectShape('SteadyAddInto', call, name, inputs[name]!.shape);
  const [allowed, received] = [sizeOf(inputs.sum!.shape), sizeOf(inputs.x!.shape)];
  if (received !== allowed) {
    throw new OnnxRuntimeError(
      `SteadyAddInto x: received ${received} elements, allowed ${allowed}, the size of the sum.`,
    );
  }
  const sum = backend.writable(inputs.sum!);
  const x = backend.values(inputs.x!);
  let squares = 0;
  for (const [into, more] of piecesOf(backend, sum, x)) {
    const done = backend.native({ reads: [more], writes: [], updates: [into] }, (kernels, at) => {
      squares += kernels.addIntoWithSquares(at(into), at(more), more.length);
    });
    if (!done) squares += addByGraph(backend, into, more);
  }
  return rootOf(squares, backend);
};
