import type { OnnxRuntimeBackend } from '../backend';
import type { Kernel } from '../kernels/kernel';
import { Graph, type Value } from '../onnx/graph';
import { FLOAT, type Operand } from '../ort/runtime';
import { expectShape } from './contract';
import { piecesOf } from './pieces';

interface Attributes {
  readonly gradientScale: number;
  readonly l2: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly decay: number;
  readonly stepSize: number;
  readonly adaptive: boolean;
  readonly rootScale: number;
  readonly epsilon: number;
}

interface Form {
  /** Whether beta1, beta2 and the step size are not zero: as factors they would make NaN of what has overflowed. */
  readonly beta1: boolean;
  readonly beta2: boolean;
  readonly step: boolean;
  readonly adaptive: boolean;
  readonly l2: boolean;
  readonly decay: boolean;
  readonly scaled: boolean;
}

/**
 * The formulas of the contract with every factor an input, so that one program serves all steps:
 * p, g, m, v, then what the form needs.
 */
const build =
  ({ beta1, beta2, step, adaptive, l2, decay, scaled }: Form) =>
  (): Graph => {
    const g = new Graph();
    const [p, gradient, m, v] = [g.input(), g.input(), g.input(), g.input()];
    let d = gradient;
    if (scaled) d = g.op('Mul', [d, g.input()]);
    if (l2) d = g.op('Add', [d, g.op('Mul', [p, g.input()])]);
    const average = (old: Value, next: Value, on: boolean): Value => {
      if (!on) return g.op('Identity', [next]);
      const kept = g.op('Mul', [old, g.input()]);
      return g.op('Add', [kept, g.op('Mul', [next, g.input()])]);
    };
    const newM = average(m, d, beta1);
    const newV = average(v, g.op('Mul', [d, d]), beta2);
    let newP = decay ? g.op('Mul', [p, g.input()]) : p;
    if (step) {
      let change = g.op('Mul', [newM, g.input()]);
      if (adaptive) {
        const [rootScale, epsilon] = [g.input(), g.input()];
        const root = g.op('Add', [g.op('Mul', [g.op('Sqrt', [newV]), rootScale]), epsilon]);
        change = g.op('Div', [change, root]);
      }
      newP = g.op('Sub', [newP, change]);
    } else if (!decay) newP = g.op('Identity', [newP]);
    g.output(newP);
    g.output(newM);
    g.output(newV);
    return g;
  };

/** Parameters, gradient, first and second moments. */
type Piece = [p: Float32Array, g: Float32Array, m: Float32Array, v: Float32Array];

const stepByGraph = (backend: OnnxRuntimeBackend, piece: Piece, attrs: Attributes): void => {
  const form: Form = {
    beta1: attrs.beta1 !== 0,
    beta2: attrs.beta2 !== 0,
    step: attrs.stepSize !== 0,
    adaptive: attrs.adaptive,
    l2: attrs.l2 !== 0,
    decay: attrs.decay !== 1,
    scaled: attrs.gradientScale !== 1,
  };
  const factors = [
    ...(form.scaled ? [attrs.gradientScale] : []),
    ...(form.l2 ? [attrs.l2] : []),
    ...(form.beta1 ? [attrs.beta1, 1 - attrs.beta1] : []),
    ...(form.beta2 ? [attrs.beta2, 1 - attrs.beta2] : []),
    ...(form.decay ? [attrs.decay] : []),
    ...(form.step ? [attrs.stepSize] : []),
    ...(form.step && form.adaptive ? [attrs.rootScale, attrs.epsilon] : []),
  ].map((value) => backend.scalar(value));
  const key = `SteadyAdamStep:${JSON.stringify(form)}`;
  const { length } = piece[0];
  const operands = piece.map((data): Operand => ({ data, shape: [length], type: FLOAT }));
  const [p, , m, v] = operands;
  backend.execute(key, build(form), [...operands, ...factors], [p!, m!, v!], 12 * length);
};

const stepByKernel = (backend: OnnxRuntimeBackend, [p, g, m, v]: Piece, attrs: Attributes): boolean => {
  const { gradientScale, l2, beta1, beta2, decay, stepSize, adaptive, rootScale, epsilon } = attrs;
  return backend.native({ reads: [g], writes: [], updates: [p, m, v] }, (kernels, at) =>
    kernels.adam(
      ...([at(p), at(g), at(m), at(v), p.length] as const),
      ...([gradientScale, l2, beta1, 1 - beta1, beta2, 1 - beta2, decay, stepSize] as const),
      ...([adaptive, rootScale, epsilon] as const),
    ),
  );
};

/** SteadyAdamStep, in place on parameters, m and v, all [P]. Gradients are not changed. */
export const adamStep: Kernel = (call) => {
  const { inputs, backend } = call;
  const attrs = call.attrs as unknown as Attributes;
  // All before anything is written.
  expectShape('SteadyAdamStep', call, 'parameters', [null]);
  const { shape } = inputs.parameters!;
  for (const name of ['gradient', 'm', 'v']) expectShape('SteadyAdamStep', call, name, shape);
  const [p, m, v] = [inputs.parameters!, inputs.m!, inputs.v!].map((info) => backend.writable(info));
  const gradient = backend.values(inputs.gradient!);
  for (const piece of piecesOf(backend, p!, gradient, m!, v!)) {
    if (!stepByKernel(backend, piece, attrs)) stepByGraph(backend, piece, attrs);
  }
  return backend.fresh([0]).info;
};
