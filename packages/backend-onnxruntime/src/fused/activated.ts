import type { After } from '../kernels/afterProduct';
import type { Graph, Value } from '../onnx/graph';

/** What linear maps of core's contract end in: relu, gelu in its tanh form, or none. */
export const activated = (g: Graph, activation: string, sum: Value): Value => {
  if (activation === 'relu') return g.op('Relu', [sum]);
  return activation === 'gelu' ? g.op('Gelu', [sum], { approximate: 'tanh' }) : sum;
};

/** The same after a product that is there. */
export const activating = (activation: string): Pick<After, 'name' | 'apply'> => ({
  name: activation,
  apply: (g, sum) => activated(g, activation, sum),
});
