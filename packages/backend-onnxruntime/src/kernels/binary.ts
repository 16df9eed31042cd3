import * as tf from '@tensorflow/tfjs';
import { type NumericType, sizeOf } from '../backend';
import { Graph, type Value } from '../onnx/graph';
import { BOOL, type ElementType, FLOAT } from '../ort/runtime';
import { type Kernel, type KernelTable, worthwhile } from './kernel';

type Build = (g: Graph, a: Value, b: Value) => Value;

/** Elements from which a native call beats the JavaScript loop: of equal shapes, and under broadcasting. */
const LEAST = { same: 512, broadcast: 24 };

const isScalar = (info: tf.TensorInfo): boolean => info.shape.length === 0;

const binary = (name: string, build: Build, from: NumericType, to: NumericType): Kernel => {
  const element: ElementType = from === 'bool' ? BOOL : FLOAT;
  const graph = (): Graph => {
    const g = new Graph();
    g.output(build(g, g.input(element), g.input(element)), to === 'bool' ? BOOL : FLOAT);
    return g;
  };
  return ({ inputs, backend }) => {
    const a = inputs.a!;
    const b = inputs.b!;
    if (a.dtype !== from || b.dtype !== from) return undefined;
    const same = tf.util.arraysEqual(a.shape, b.shape);
    const shape = same ? a.shape : tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const size = sizeOf(shape);
    const simple = same || isScalar(a) || isScalar(b);
    if (!worthwhile(backend, size, simple ? LEAST.same : LEAST.broadcast)) return undefined;
    if (same) {
      const flat = [size];
      const operands = [backend.operand(a, flat), backend.operand(b, flat)];
      return backend.computeOne(name, graph, operands, { shape, dtype: to, graphShape: flat });
    }
    return backend.computeOne(name, graph, [backend.operand(a), backend.operand(b)], { shape, dtype: to });
  };
};

const op =
  (type: string): Build =>
  (g, a, b) =>
    g.op(type, [a, b]);

const arithmetic = (name: string, build: Build): [string, Kernel] => [
  name,
  binary(name, build, 'float32', 'float32'),
];
const comparison = (name: string, build: Build): [string, Kernel] => [
  name,
  binary(name, build, 'float32', 'bool'),
];
const logical = (name: string, type: string): [string, Kernel] => [
  name,
  binary(name, op(type), 'bool', 'bool'),
];

export const binaryKernels: KernelTable = Object.fromEntries([
  arithmetic('Add', op('Add')),
  arithmetic('Sub', op('Sub')),
  arithmetic('Multiply', op('Mul')),
  arithmetic('RealDiv', op('Div')),
  arithmetic('Maximum', op('Max')),
  arithmetic('Minimum', op('Min')),
  arithmetic('SquaredDifference', (g, a, b) => {
    const difference = g.op('Sub', [a, b]);
    return g.op('Mul', [difference, difference]);
  }),
  comparison('Equal', op('Equal')),
  comparison('NotEqual', (g, a, b) => g.op('Not', [g.op('Equal', [a, b])])),
  comparison('Less', op('Less')),
  comparison('LessEqual', op('LessOrEqual')),
  comparison('Greater', op('Greater')),
  comparison('GreaterEqual', op('GreaterOrEqual')),
  logical('LogicalAnd', 'And'),
  logical('LogicalOr', 'Or'),
]);
