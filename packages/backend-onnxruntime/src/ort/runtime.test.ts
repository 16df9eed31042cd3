import { describe, expect, it } from 'vitest';
import { asFloat, Graph } from '../onnx/graph';
import { loadFfi } from './ffi';
import { locateLibrary } from './locate';
import { FLOAT, INT32, type Operand, Runtime } from './runtime';
import { selfTest } from './selfTest';
import { loadLibrary } from './table';

const koffi = loadFfi();
const runtime = new Runtime(
  loadLibrary(koffi, locateLibrary(undefined)),
  (memory) => koffi.address(memory),
  2,
);

const operand = (
  values: readonly number[],
  shape: readonly number[],
  memory = new ArrayBuffer(256),
): Operand => {
  const data = new Float32Array(memory, 0, values.length);
  data.set(values);
  return { data, shape, type: FLOAT };
};

describe('Runtime', () => {
  it('passes its self test on one and several threads', () => {
    selfTest(runtime, 1);
    selfTest(runtime, 2);
  });

  it('runs a graph of several operators, outputs in order', () => {
    const g = new Graph();
    const [x, y] = [g.input(), g.input()];
    const [top, , inverse] = g.many('LayerNormalization', [x, y], 3, { axis: -1, epsilon: asFloat(0) });
    g.output(top!);
    g.output(inverse!);
    g.output(g.op('Concat', [x, g.op('Mul', [x, g.constant(10)])], { axis: 0 }));
    const session = runtime.createSession(g.model(), { threads: 1 });
    const out = [operand([0, 0], [1, 2]), operand([0], [1, 1]), operand([0, 0, 0, 0], [2, 2])];
    runtime.run(session, [operand([1, 3], [1, 2]), operand([1, 1], [2])], out);
    expect(out.map(({ data }) => Array.from(data as Float32Array))).toEqual([[-1, 1], [1], [1, 3, 10, 30]]);
    runtime.releaseSession(session);
  });

  it('computes in shared memory', () => {
    const g = new Graph();
    g.output(g.op('Neg', [g.input()]));
    const session = runtime.createSession(g.model(), { threads: 1 });
    const data = new Float32Array(new SharedArrayBuffer(4096), 1024, 3);
    data.set([1, 2, 3]);
    const x: Operand = { data, shape: [3], type: FLOAT };
    runtime.run(session, [x], [x]);
    expect(Array.from(data)).toEqual([-1, -2, -3]);
    runtime.releaseSession(session);
  });

  it('reports shapes that do not fit and models that are not valid, and goes on', () => {
    const g = new Graph();
    g.output(g.op('Add', [g.input(), g.input()]));
    const session = runtime.createSession(g.model(), { threads: 1 });
    const [a, b, y] = [operand([1, 2], [2]), operand([1, 2, 3], [3]), operand([0, 0], [2])];
    expect(() => runtime.run(session, [a, b], [y])).toThrow(/ONNX Runtime: .*Add/);
    runtime.run(session, [a, a], [y]);
    expect(Array.from(y.data as Float32Array)).toEqual([2, 4]);
    expect(() => runtime.run(session, [{ ...a, type: INT32 }, a], [y])).toThrow(/Unexpected input data type/);
    expect(() => runtime.createSession(Uint8Array.from([1, 2, 3]), { threads: 1 })).toThrow(/ONNX Runtime: /);
    runtime.releaseSession(session);
  });

  it('refuses memory that is too small for its shape', () => {
    const g = new Graph();
    g.output(g.op('Neg', [g.input()]));
    const session = runtime.createSession(g.model(), { threads: 1 });
    const x = { ...operand([1, 2], [2]), shape: [5] };
    expect(() => runtime.run(session, [x], [x])).toThrow(/ONNX Runtime: /);
    runtime.releaseSession(session);
  });
});
