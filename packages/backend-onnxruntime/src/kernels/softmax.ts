import type * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../backend';
import { Graph } from '../onnx/graph';
import { allFloat, type Kernel, type KernelTable, worthwhile } from './kernel';

const LEAST = 64;

/** Softmax over the last axis. */
const softmax: Kernel = ({ inputs, attrs, backend }) => {
  const logits = inputs.logits as tf.TensorInfo;
  const { shape } = logits;
  const size = sizeOf(shape);
  const axis = attrs.dim as number;
  if (!allFloat(logits) || !worthwhile(backend, size, LEAST)) return undefined;
  if (shape.length === 0 || (axis !== -1 && axis !== shape.length - 1)) return undefined;
  const columns = shape.at(-1)!;
  const flat = [size / columns, columns];
  const build = (): Graph => {
    const g = new Graph();
    g.output(g.op('Softmax', [g.input()], { axis: 1 }));
    return g;
  };
  return backend.computeOne('Softmax', build, [backend.operand(logits, flat)], { shape, graphShape: flat });
};

export const softmaxKernels: KernelTable = { Softmax: softmax };
