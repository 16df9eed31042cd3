import type { Kernel } from '../kernels/kernel';
import { Graph, type Value } from '../onnx/graph';
import { FLOAT, type Operand } from '../ort/runtime';
import { expectShape } from './contract';

/** Elements of one run: parameters, gradient, moments and temporaries then fit in the cache of a core. */
const BLOCK = 1 << 15;

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

/** SteadyAdamStep, in place on parameters, m and v, all [P]. Gradients are not changed. */
export const adamStep: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  // All before anything is written.
  expectShape('SteadyAdamStep', call, 'parameters', [null]);
  const { shape } = inputs.parameters!;
  for (const name of ['gradient', 'm', 'v']) expectShape('SteadyAdamStep', call, name, shape);
  const number = (name: string): number => attrs[name] as number;
  const form: Form = {
    beta1: number('beta1') !== 0,
    beta2: number('beta2') !== 0,
    step: number('stepSize') !== 0,
    adaptive: attrs.adaptive === true,
    l2: number('l2') !== 0,
    decay: number('decay') !== 1,
    scaled: number('gradientScale') !== 1,
  };
  const factors = [
    ...(form.scaled ? [number('gradientScale')] : []),
    ...(form.l2 ? [number('l2')] : []),
    ...(form.beta1 ? [number('beta1'), 1 - number('beta1')] : []),
    ...(form.beta2 ? [number('beta2'), 1 - number('beta2')] : []),
    ...(form.decay ? [number('decay')] : []),
    ...(form.step ? [number('stepSize')] : []),
    ...(form.step && form.adaptive ? [number('rootScale'), number('epsilon')] : []),
  ].map((value) => backend.scalar(value));
  const [p, m, v] = [inputs.parameters!, inputs.m!, inputs.v!].map((info) => backend.writable(info));
  const arrays = [p!, backend.values(inputs.gradient!), m!, v!];
  const key = `SteadyAdamStep:${JSON.stringify(form)}`;
  const block = BLOCK * backend.options.threads;
  for (let from = 0; from < p!.length; from += block) {
    const to = Math.min(p!.length, from + block);
    const piece = (data: Float32Array): Operand => ({
      data: data.subarray(from, to),
      shape: [to - from],
      type: FLOAT,
    });
    backend.execute(
      key,
      build(form),
      [...arrays.map(piece), ...factors],
      [piece(p!), piece(m!), piece(v!)],
      12 * (to - from),
    );
  }
  return backend.fresh([0]).info;
};
