import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../backend';
import { Graph } from '../onnx/graph';
import { allFloat, type Call, type Kernel, type KernelTable, worthwhile } from './kernel';

const LEAST = 256;

/** A reduction with neighbouring axes of one kind merged: ONNX Runtime is fast on at most three. */
interface Plan {
  /** Merged dimensions, alternately kept and reduced. */
  readonly shape: number[];
  /** Which of them are reduced. */
  readonly axes: number[];
  /** Shape of the result as tfjs expects it. */
  readonly result: number[];
}

/** Merges the axes of a reduction. */
export const planReduction = (shape: readonly number[], axes: readonly number[], keepDims: boolean): Plan => {
  const merged: number[] = [];
  const kinds: boolean[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const isReduced = axes.includes(axis);
    if (kinds.at(-1) === isReduced) merged[merged.length - 1]! *= size;
    else {
      merged.push(size);
      kinds.push(isReduced);
    }
  });
  const result = keepDims
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis));
  return {
    shape: merged,
    axes: kinds.flatMap((isReduced, i) => (isReduced ? [i] : [])),
    result,
  };
};

/** Axes and merged shapes of a call, or undefined where tfjs's own kernel is the better choice. */
const planOf = ({ inputs, attrs, backend }: Call): Plan | undefined => {
  const x = inputs.x!;
  if (!allFloat(x) || !worthwhile(backend, sizeOf(x.shape), LEAST)) return undefined;
  // tfjs calls the axes of Max by a name of its own.
  const given = (attrs.reductionIndices ?? attrs.axis) as number | number[];
  const axes = tf.util.parseAxisParam(given, x.shape);
  const plan = planReduction(x.shape, axes, attrs.keepDims === true);
  return plan.axes.length === 0 ? undefined : plan;
};

const reduction =
  (name: string, type: string): Kernel =>
  (call) => {
    const plan = planOf(call);
    if (plan == null) return undefined;
    const x = call.inputs.x!;
    const build = (): Graph => {
      const g = new Graph();
      g.output(g.op(type, [g.input(), g.integers(...plan.axes)], { keepdims: 0 }));
      return g;
    };
    const graphShape = plan.shape.filter((_, i) => !plan.axes.includes(i));
    const operands = [call.backend.operand(x, plan.shape)];
    const output = { shape: plan.result, graphShape };
    return call.backend.computeOne(`${name}${plan.axes}`, build, operands, output, sizeOf(x.shape));
  };

/**
 * Maximum or minimum. ONNX Runtime's ignore NaN, tfjs's return it: a sum made alongside tells whether there may be
 * any (it is NaN then, or for infinities of both signs), and only in that case tfjs's loop decides.
 */
const extremum =
  (name: string, type: string): Kernel =>
  (call) => {
    const plan = planOf(call);
    if (plan == null) return undefined;
    const x = call.inputs.x!;
    const { backend } = call;
    const build = (): Graph => {
      const g = new Graph();
      const input = g.input();
      const axes = g.integers(...plan.axes);
      g.output(g.op(type, [input, axes], { keepdims: 0 }));
      g.output(g.op('ReduceSum', [input], { keepdims: 0 }));
      return g;
    };
    const graphShape = plan.shape.filter((_, i) => !plan.axes.includes(i));
    const [result, sum] = backend.compute(
      `${name}${plan.axes}`,
      build,
      [backend.operand(x, plan.shape)],
      [{ shape: plan.result, graphShape }, { shape: [] }],
      sizeOf(x.shape),
    );
    const suspicious = Number.isNaN(backend.values(sum!)[0]!);
    backend.disposeData(sum!.dataId);
    if (!suspicious) return result;
    backend.disposeData(result!.dataId);
    return undefined;
  };

export const reductionKernels: KernelTable = {
  Sum: reduction('Sum', 'ReduceSum'),
  Mean: reduction('Mean', 'ReduceMean'),
  Max: extremum('Max', 'ReduceMax'),
  Min: extremum('Min', 'ReduceMin'),
};
