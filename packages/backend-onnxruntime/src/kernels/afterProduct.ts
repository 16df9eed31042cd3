import type * as tf from '@tensorflow/tfjs';
import type { OnnxRuntimeBackend, OutputSpec } from '../backend';
import { Graph, type Value } from '../onnx/graph';
import type { Operand } from '../ort/runtime';

/** What follows a product of matrices. */
export interface After {
  /** Names `apply` in the keys of programs. */
  readonly name: string;
  /** Added to the product: its operand as the program is to see it. */
  readonly bias: Operand | undefined;
  readonly apply: (g: Graph, sum: Value) => Value;
}

/** A graph from its start, which may be a product that is there, to what follows it; with the sum if that is wanted. */
export const endedGraph =
  (start: (g: Graph) => Value, { bias, apply }: After, withSum = false) =>
  (): Graph => {
    const g = new Graph();
    const product = start(g);
    const sum = bias == null ? product : g.op('Add', [product, g.input()]);
    g.output(apply(g, sum));
    if (withSum) g.output(sum);
    return g;
  };

/**
 * What follows a product that is there, by one program. A second of `outputs` is the sum, which without a bias is the
 * product; else the product is let go.
 */
export const afterProduct = (
  backend: OnnxRuntimeBackend,
  product: tf.TensorInfo,
  after: After,
  outputs: readonly OutputSpec[],
): tf.TensorInfo[] => {
  const { name, bias } = after;
  const keeps = outputs.length > 1 && bias == null;
  const made = keeps ? outputs.slice(0, 1) : outputs;
  const key = `AfterProduct:${name}:${bias != null}:${made.length}`;
  const build = endedGraph((g) => g.input(), after, made.length > 1);
  const operands = [backend.operand(product), ...(bias ? [bias] : [])];
  try {
    const results = backend.compute(key, build, operands, made);
    return keeps ? [...results, product] : results;
  } finally {
    if (!keeps) backend.disposeData(product.dataId);
  }
};
