import * as tf from '@tensorflow/tfjs';
import { type NumericType, sizeOf } from '../backend';
import { Graph } from '../onnx/graph';
import { FLOAT, INT32, UINT8 } from '../ort/runtime';
import { isNumeric, type Kernel, type KernelTable } from './kernel';

/** Indices are checked here: ONNX Runtime would accept negative ones, tfjs does not. */
const checkIndices = (indices: Int32Array, size: number): void => {
  for (const index of indices) {
    if (index >= 0 && index < size) continue;
    throw new Error(`GatherV2: the index value ${index} is not in [0, ${size - 1}]`);
  }
};

/** Rows of `x` along an axis by index. */
const gather: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const indices = inputs.indices!;
  const batchDims = (attrs.batchDims as number | undefined) ?? 0;
  if (!isNumeric(x) || indices.dtype !== 'int32' || batchDims !== 0) return undefined;
  const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const rows = x.shape[axis]!;
  const count = sizeOf(indices.shape);
  checkIndices(backend.values<Int32Array>(indices), rows);
  if (sizeOf(shape) === 0) return backend.fresh(shape, x.dtype as NumericType).info;
  const outer = sizeOf(x.shape.slice(0, axis));
  const inner = sizeOf(x.shape.slice(axis + 1));
  const element = x.dtype === 'bool' ? UINT8 : FLOAT;
  const build = (): Graph => {
    const g = new Graph();
    g.output(g.op('Gather', [g.input(element), g.input(INT32)], { axis: 1 }), element);
    return g;
  };
  const fresh = backend.fresh(shape, x.dtype as NumericType);
  backend.execute(
    `Gather${element}`,
    build,
    [backend.bits(x, [outer, rows, inner]), backend.operand(indices, [count])],
    [backend.bits(fresh.info, [outer, count, inner])],
    sizeOf(shape),
  );
  return fresh.info;
};

export const gatherKernels: KernelTable = { GatherV2: gather };
