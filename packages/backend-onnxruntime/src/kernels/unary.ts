import { sizeOf } from '../backend';
import { asFloat, Graph, type Value } from '../onnx/graph';
import { allFloat, type Kernel, type KernelTable, worthwhile } from './kernel';

type Build = (g: Graph, x: Value) => Value;

/** Under this many elements a JavaScript loop is as fast as a native call. */
const LEAST = 512;

/** An element-wise function of one float tensor. */
const unary =
  (name: string, build: Build): Kernel =>
  ({ inputs, backend }) => {
    const x = inputs.x!;
    const size = sizeOf(x.shape);
    if (!allFloat(x) || !worthwhile(backend, size, LEAST)) return undefined;
    const graph = (): Graph => {
      const g = new Graph();
      g.output(build(g, g.input()));
      return g;
    };
    return backend.computeOne(name, graph, [backend.operand(x, [size])], {
      shape: x.shape,
      graphShape: [size],
    });
  };

const op =
  (type: string): Build =>
  (g, x) =>
    g.op(type, [x]);

const UNARY: Readonly<Record<string, Build>> = {
  Abs: op('Abs'),
  Neg: op('Neg'),
  Exp: op('Exp'),
  Log: op('Log'),
  Sqrt: op('Sqrt'),
  Rsqrt: (g, x) => g.op('Reciprocal', [g.op('Sqrt', [x])]),
  Square: (g, x) => g.op('Mul', [x, x]),
  Reciprocal: op('Reciprocal'),
  Relu: op('Relu'),
  Relu6: (g, x) => g.op('Clip', [x, g.constant(0), g.constant(6)]),
  Elu: op('Elu'),
  Sigmoid: op('Sigmoid'),
  Tanh: op('Tanh'),
  Erf: op('Erf'),
  Sin: op('Sin'),
  Cos: op('Cos'),
  Ceil: op('Ceil'),
  Floor: op('Floor'),
  Round: op('Round'),
};

/** A kernel with one number that is passed at run time, so that one program serves every value of it. */
const withNumbers =
  (
    name: string,
    attributes: readonly string[],
    build: (g: Graph, x: Value, ...n: Value[]) => Value,
  ): Kernel =>
  ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    const size = sizeOf(x.shape);
    const numbers = attributes.map((key) => attrs[key] as number);
    if (!allFloat(x) || !worthwhile(backend, size, LEAST) || numbers.some(Number.isNaN)) return undefined;
    const graph = (): Graph => {
      const g = new Graph();
      g.output(build(g, g.input(), ...attributes.map(() => g.input())));
      return g;
    };
    const operands = [backend.operand(x, [size]), ...numbers.map((value) => backend.scalar(value))];
    return backend.computeOne(name, graph, operands, { shape: x.shape, graphShape: [size] });
  };

/** SELU's constants, as tfjs writes them. */
const SELU = { alpha: 1.7580993408473768, scale: 1.0507009873554805 };

export const unaryKernels: KernelTable = {
  ...Object.fromEntries(Object.entries(UNARY).map(([name, build]) => [name, unary(name, build)])),
  Selu: unary('Selu', (g, x) =>
    g.op('Selu', [x], { alpha: asFloat(SELU.alpha / SELU.scale), gamma: asFloat(SELU.scale) }),
  ),
  LeakyRelu: withNumbers('LeakyRelu', ['alpha'], (g, x, alpha) => g.op('PRelu', [x, alpha])),
  ClipByValue: withNumbers('ClipByValue', ['clipValueMin', 'clipValueMax'], (g, x, low, high) =>
    g.op('Clip', [x, low, high]),
  ),
};
