import type * as tf from '@tensorflow/tfjs';
import { type Call, kernel } from '../kernels/kernel';
import { compute, type Ops } from '../ops/compute';
import { variablesOf, viewOf, write } from '../ops/memory';
import type { Handle } from '../ops/native';
import { expectShape } from './shapes';

/** Attributes of SteadyAdamStep, by the names of its formulas. */
interface Step {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly stepSize: number;
  readonly rootScale: number;
  readonly adaptive: boolean;
  readonly decay: number;
  readonly l2: number;
  readonly gradientScale: number;
}

/** The empty tensor that a kernel in place gives. */
const nothing = ({ tensor }: Ops): Handle[] => [tensor(new Float32Array(0), [0])];

const view = ({ inputs, attrs, backend }: Call): tf.TensorInfo =>
  viewOf(backend, inputs.x!, attrs.offset as number, attrs.shape as number[]);

const copy = (call: Call): tf.Tensor[] => {
  const { destination, source } = call.inputs as Record<'destination' | 'source', tf.TensorInfo>;
  return compute(call.backend, (ops) => {
    write(ops, destination, ops.of(source));
    return nothing(ops);
  });
};

/** sum := sum + x: [the L2 norm of the sum] */
const addInto = ({ inputs, backend }: Call): tf.Tensor[] => {
  const { sum, x } = inputs as Record<'sum' | 'x', tf.TensorInfo>;
  return compute(backend, (ops) => {
    const { run, of, reshape } = ops;
    const total = run('AddV2', [of(sum), reshape(of(x), sum.shape)]);
    const norm = ops.norm(total);
    write(ops, sum, total);
    return [norm];
  });
};

/** gradientScale gradient + l2 p */
const gradientOf = ({ run, of, reals }: Ops, { inputs }: Call, { gradientScale, l2 }: Step): Handle => {
  const gradient = of(inputs.gradient!);
  const scaled = gradientScale === 1 ? gradient : run('Mul', [gradient, reals([gradientScale])]);
  return l2 === 0 ? scaled : run('AddV2', [scaled, run('Mul', [of(inputs.parameters!), reals([l2])])]);
};

/** Whether TensorFlow's own Adam is the step: nothing is switched off, and its scale of the root is one of the rate. */
const isAdam = ({ adaptive, beta1, beta2, stepSize, rootScale }: Step): boolean =>
  adaptive && beta1 !== 0 && beta2 !== 0 && stepSize !== 0 && rootScale > 0;

/**
 * The step by TensorFlow's Adam, one pass in place: its rate is stepSize / rootScale, its epsilon that over the root scale too,
 * as m / (r sqrt(v) + e) = (m / r) / (sqrt(v) + e / r). False where the tensors are views.
 */
const byAdam = (ops: Ops, call: Call, step: Step): boolean => {
  const { run, runAll, of, reals } = ops;
  const { inputs } = call;
  const { parameters, m, v } = inputs as Record<'parameters' | 'm' | 'v', tf.TensorInfo>;
  const gradient = gradientOf(ops, call, step);
  const decayed = step.decay === 1 ? undefined : run('Mul', [of(parameters), reals([step.decay])]);
  const variables = variablesOf(ops, [parameters, m, v]);
  if (!variables) return false;
  if (decayed) write(ops, parameters, decayed);
  // What it was made of would make TensorFlow copy the parameters.
  if (decayed) ops.free(decayed);
  const zero = reals([0]);
  const { stepSize, rootScale, beta1, beta2, epsilon } = step;
  const factors = [stepSize / rootScale, beta1, beta2, epsilon / rootScale].map((each) => reals([each]));
  runAll('ResourceApplyAdam', [...variables, zero, zero, ...factors, gradient], {}, 0);
  return true;
};

/** The formulas of the contract, a factor of zero switching its term off. */
const byFormula = (ops: Ops, call: Call, step: Step): void => {
  const { run, of, reals } = ops;
  const { parameters, m, v } = call.inputs as Record<'parameters' | 'm' | 'v', tf.TensorInfo>;
  const times = (x: Handle, factor: number): Handle => run('Mul', [x, reals([factor])]);
  const g = gradientOf(ops, call, step);
  const average = (old: tf.TensorInfo, next: Handle, beta: number): Handle =>
    beta === 0 ? next : run('AddV2', [times(of(old), beta), times(next, 1 - beta)]);
  const nextM = average(m, g, step.beta1);
  const nextV = average(v, run('Square', [g]), step.beta2);
  const root = (): Handle =>
    run('AddV2', [times(run('Sqrt', [nextV]), step.rootScale), reals([step.epsilon])]);
  const kept = step.decay === 1 ? of(parameters) : times(of(parameters), step.decay);
  const change = (): Handle => times(step.adaptive ? run('RealDiv', [nextM, root()]) : nextM, step.stepSize);
  const nextP = step.stepSize === 0 ? run('Identity', [kept]) : run('Sub', [kept, change()]);
  // Where beta1 is 0, the moments are the gradient, which is the caller's.
  write(ops, m, run('Identity', [nextM]));
  write(ops, v, nextV);
  write(ops, parameters, nextP);
};

const adamStep = (call: Call): tf.Tensor[] => {
  expectShape('SteadyAdamStep', call, 'parameters', [null]);
  const { shape } = call.inputs.parameters!;
  for (const name of ['gradient', 'm', 'v']) expectShape('SteadyAdamStep', call, name, shape);
  const step = call.attrs as unknown as Step;
  return compute(call.backend, (ops) => {
    if (!isAdam(step) || !byAdam(ops, call, step)) byFormula(ops, call, step);
    return nothing(ops);
  });
};

/** Kernels that write their inputs' memory, and views of it. */
export const inPlaceKernels: Readonly<Record<string, tf.KernelFunc>> = {
  SteadyView: kernel(view),
  SteadyCopy: kernel(copy),
  SteadyAddInto: kernel(addInto),
  SteadyAdamStep: kernel(adamStep),
};
