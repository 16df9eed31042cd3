import { asFloat, type Graph, type Value } from '../onnx/graph';

type Apply = (g: Graph, x: Value) => Value;

const ACTIVATIONS: Readonly<Record<string, Apply>> = {
  linear: (_, x) => x,
  relu: (g, x) => g.op('Relu', [x]),
  relu6: (g, x) => g.op('Clip', [x, g.constant(0), g.constant(6)]),
  elu: (g, x) => g.op('Elu', [x]),
  sigmoid: (g, x) => g.op('Sigmoid', [x]),
};

/** tfjs's default slope of leaky ReLU. */
const SLOPE = 0.2;

/** What tfjs's fused kernels may end in, by tfjs's name; undefined for one that needs more inputs (prelu), or is none. */
export const activate = (name: string, slope: number = SLOPE): Apply | undefined => {
  if (name === 'leakyrelu') return (g, x) => g.op('LeakyRelu', [x], { alpha: asFloat(slope) });
  return Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
};
