import { OnnxRuntimeError } from '../errors';
import { Graph } from '../onnx/graph';
import { FLOAT, type Operand, type Runtime } from './runtime';

const floats = (values: readonly number[], shape: readonly number[]): Operand => {
  const data = new Float32Array(new ArrayBuffer(256), 0, values.length);
  data.set(values);
  return { data, shape, type: FLOAT };
};

const expect = (what: string, received: Operand, expected: readonly number[]): void => {
  const values = Array.from(received.data as Float32Array);
  if (values.every((value, i) => value === expected[i])) return;
  throw new OnnxRuntimeError(
    `The ONNX Runtime library computes wrongly (${what} gave ${values}, not ${expected}). Install another build.`,
  );
};

/**
 * Computes a sum and products on one thread and on the pool, and sees that results land in our own memory: what
 * the rest of the package relies on.
 *
 * @throws OnnxRuntimeError where the library does not do it.
 */
export const selfTest = (runtime: Runtime, threads: number): void => {
  const sum = new Graph();
  sum.output(sum.op('Add', [sum.input(), sum.input()]));
  const product = new Graph();
  product.output(product.matMul(product.input(), product.input(), { transposeB: true }));
  const a = floats([1, 2, 3, 4], [2, 2]);
  const b = floats([5, 6, 7, 8], [2, 2]);
  const check = (what: string, graph: Graph, expected: readonly number[]): void => {
    const model = graph.model();
    for (const used of new Set([1, threads])) {
      const session = runtime.createSession(model, { threads: used });
      const out = floats([0, 0, 0, 0], [2, 2]);
      runtime.run(session, [a, b], [out]);
      runtime.releaseSession(session);
      expect(what, out, expected);
    }
  };
  check('a sum', sum, [6, 8, 10, 12]);
  check('a matrix product', product, [17, 23, 39, 53]);
};
