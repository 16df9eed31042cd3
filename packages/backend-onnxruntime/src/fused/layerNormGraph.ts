import { Graph, type Value } from '../onnx/graph';

/**
 * [y, normalised, inverse deviation] of rows. Written out, of operators that are fast in every release: the operator
 * LayerNormalization is a scalar loop in ONNX Runtime 1.28, as ReduceSumSquare is.
 */
const normalise = (g: Graph, x: Value, gain: Value, bias: Value, epsilon: number): void => {
  const mean = (values: Value): Value => g.op('ReduceMean', [values, g.integers(1)], { keepdims: 1 });
  const centred = g.op('Sub', [x, mean(x)]);
  const variance = mean(g.op('Mul', [centred, centred]));
  const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.op('Add', [variance, g.constant(epsilon)])])]);
  const normalised = g.op('Mul', [centred, inverse]);
  g.output(g.op('Add', [g.op('Mul', [normalised, gain]), bias]));
  g.output(normalised);
  g.output(inverse);
};

/** The norm of x, or of omega * shortcut + branch: inputs x or shortcut and branch, gain, bias, omega. */
export const normGraph = (epsilon: number, joined: boolean, scaled: boolean) => (): Graph => {
  const g = new Graph();
  const x = g.input();
  const branch = joined ? g.input() : undefined;
  const [gain, bias] = [g.input(), g.input()];
  const scaledX = scaled ? g.op('Mul', [x, g.input()]) : x;
  normalise(g, branch ? g.op('Add', [scaledX, branch]) : x, gain, bias, epsilon);
  return g;
};

/**
 * Outputs dx, dGain, dBias of a norm with normalised rows n and inverse deviation r:
 * dx = r (dy gain - mean(dy gain) - n mean(dy gain n)). The row means are products with the gain divided by D,
 * the column sums reductions of dy and dy n, so that only dx itself needs passes over [M, D].
 */
const normGradient = (
  g: Graph,
  dy: Value,
  normalised: Value,
  inverse: Value,
  gain: Value,
  gainOverWidth: Value,
): Value => {
  const along = g.op('Mul', [dy, normalised]);
  const mean = g.matMul(dy, gainOverWidth);
  const slope = g.matMul(along, gainOverWidth);
  const centred = g.op('Sub', [
    g.op('Mul', [dy, gain]),
    g.op('Add', [g.op('Mul', [normalised, slope]), mean]),
  ]);
  const dx = g.op('Mul', [centred, inverse]);
  g.output(dx);
  g.output(g.op('ReduceSum', [along, g.integers(0)], { keepdims: 0 }));
  g.output(g.op('ReduceSum', [dy, g.integers(0)], { keepdims: 0 }));
  return dx;
};

/** gain / D as a column, [D, 1]. */
const scaledGain = (g: Graph, gain: Value, overWidth: Value): Value =>
  g.op('Reshape', [g.op('Mul', [gain, overWidth]), g.integers(-1, 1)]);

/** Inputs dy, normalised, inverse, gain, 1 / D, and where `scaled` shortcut and omega. */
export const normGradientGraph = (scaled: boolean) => (): Graph => {
  const g = new Graph();
  const [dy, normalised, inverse, gain, overWidth] = [g.input(), g.input(), g.input(), g.input(), g.input()];
  const dx = normGradient(g, dy, normalised, inverse, gain, scaledGain(g, gain, overWidth));
  if (scaled) {
    const [shortcut, omega] = [g.input(), g.input()];
    g.output(g.op('Mul', [dx, omega]));
    g.output(g.op('ReduceSum', [g.op('Mul', [dx, shortcut]), g.integers(0)], { keepdims: 0 }));
  }
  return g;
};
