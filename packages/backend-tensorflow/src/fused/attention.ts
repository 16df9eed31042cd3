import type * as tf from '@tensorflow/tfjs';
import { type Call, kernel } from '../kernels/kernel';
import { compute, type Ops } from '../ops/compute';
import type { Handle } from '../ops/native';
import { dropoutFactors } from './dropoutFactors';
import { expectShape } from './shapes';

/** What a masked score is set to, as in core: exp of it is 0, and a row of nothing else stays finite. */
const MASKED = -1e9;

/** Sizes by the letters of the contract, and what the attributes say. */
interface Form {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly groups: number;
  readonly depth: number;
  readonly packed: boolean;
  readonly scale: number;
  readonly causal: boolean;
  readonly rate: number;
  readonly key: readonly [number, number];
}

const formOf = (name: string, call: Call): Form => {
  const { inputs, attrs } = call;
  expectShape(name, call, 'query', [null, null, null]);
  const [batch, queries, width] = inputs.query!.shape as [number, number, number];
  const heads = attrs.heads as number;
  const groups = attrs.keyValueHeads as number;
  const packed = inputs.keyValue == null;
  const depth = packed ? width / (heads + 2 * groups) : width / heads;
  if (!packed) expectShape(name, call, 'keyValue', [batch, null, 2 * groups * depth]);
  const keys = packed ? queries : inputs.keyValue!.shape[1]!;
  if (inputs.mask) {
    const rows = inputs.mask.shape[2] === 1 ? 1 : queries;
    expectShape(name, call, 'mask', [inputs.mask.shape[0] === 1 ? 1 : batch, 1, rows, keys]);
  }
  return {
    ...{ batch, queries, keys, heads, groups, depth, packed },
    scale: attrs.scale as number,
    causal: attrs.causal === true,
    rate: attrs.dropoutRate as number,
    key: attrs.dropoutKey as [number, number],
  };
};

/** x [B, T, n H Dh] -> [n, B, H, T, Dh] */
const toHeads = ({ run, ints, reshape }: Ops, x: Handle, parts: number, heads: number): Handle => {
  const [batch, time, width] = x.shape as [number, number, number];
  const split = reshape(x, [batch, time, parts, heads, width / parts / heads]);
  return run('Transpose', [split, ints([2, 0, 3, 1, 4])]);
};

/** x [n, B, H, T, Dh] -> [B, T, n H Dh] */
const fromHeads = ({ run, ints, reshape }: Ops, x: Handle): Handle => {
  const [parts, batch, heads, time, depth] = x.shape as [number, number, number, number, number];
  const joined = run('Transpose', [x, ints([1, 3, 0, 2, 4])]);
  return reshape(joined, [batch, time, parts * heads * depth]);
};

const unpack = ({ runAll }: Ops, x: Handle): Handle[] =>
  runAll('Unpack', [x], { num: x.shape[0]!, axis: 0 }, x.shape[0]!);

/**
 * q [B, G, R Tq, Dh], times the scale, with the R = H / G heads of a group below each other: so no keys or values are
 * repeated. k and v [B, G, Tk, Dh].
 */
const splitHeads = (ops: Ops, { inputs }: Call, form: Form): [q: Handle, k: Handle, v: Handle] => {
  const { run, of, ints, reals, reshape } = ops;
  const { batch, queries, heads, groups, depth, packed, scale } = form;
  const query = of(inputs.query!);
  const grouped = (q: Handle): Handle => {
    const below = reshape(q, [batch, groups, (heads / groups) * queries, depth]);
    return run('Mul', [below, reals([scale])]);
  };
  if (packed && heads === groups) {
    const [q, k, v] = unpack(ops, toHeads(ops, query, 3, heads));
    return [grouped(q!), k!, v!];
  }
  const columns = (from: number, count: number): Handle =>
    run('Slice', [query, ints([0, 0, from]), ints([batch, queries, count])]);
  const own = packed ? columns(0, heads * depth) : query;
  const keyValue = packed ? columns(heads * depth, 2 * groups * depth) : of(inputs.keyValue!);
  const [k, v] = unpack(ops, toHeads(ops, keyValue, 2, groups));
  return [grouped(toHeads(ops, own, 1, heads)), k!, v!];
};

/** Query i sees keys up to i + Tk - Tq: [1, 1, Tq, Tk], made once a shape. */
const causalMask = ({ constant }: Ops, { queries, keys }: Form): Handle =>
  constant('causal', () => {
    const values = new Float32Array(queries * keys);
    for (let i = 0; i < queries; i++) {
      for (let j = i + keys - queries + 1; j < keys; j++) values[i * keys + j] = MASKED;
    }
    return values;
  }, [1, 1, queries, keys]);

/** What is added to the scores; undefined where nothing is. */
const maskOf = (ops: Ops, { inputs }: Call, form: Form): Handle | undefined => {
  const given = inputs.mask && ops.of(inputs.mask);
  if (!form.causal || form.queries < 2) return given;
  const causal = causalMask(ops, form);
  return given ? ops.run('AddV2', [given, causal]) : causal;
};

/** P as it meets the values: with dropout, [B, H, Tq, Tk]. */
const droppedOut = (ops: Ops, p: Handle, factors: Handle | undefined): Handle =>
  factors ? ops.run('Mul', [p, factors]) : p;

const factorsOf = (ops: Ops, { batch, heads, queries, keys, rate, key }: Form): Handle | undefined =>
  rate > 0
    ? ops.tensor(dropoutFactors(key, batch * heads * queries * keys, rate), [batch, heads, queries, keys])
    : undefined;

const sizesOf = ({ batch, groups, heads, queries, keys, depth }: Form) => ({
  /** Scores by head and by group. */
  byHead: [batch, heads, queries, keys],
  byGroup: [batch, groups, (heads / groups) * queries, keys],
  /** Queries by group, and as parts of one. */
  queriesByGroup: [batch, groups, (heads / groups) * queries, depth],
  queriesByHead: [1, batch, heads, queries, depth],
});

/** Y = drop(P) V, P = softmax(scale Q K^T + masks): [Y [B, Tq, H Dh], P [B, H, Tq, Tk]] */
const forward = (call: Call): tf.Tensor[] => {
  const form = formOf('SteadyAttention', call);
  const sizes = sizesOf(form);
  return compute(call.backend, (ops) => {
    const { run, reshape } = ops;
    const [q, k, v] = splitHeads(ops, call, form);
    const mask = maskOf(ops, call, form);
    const products = reshape(run('BatchMatMulV2', [q, k], { adj_y: true }), sizes.byHead);
    const p = run('Softmax', [mask ? run('AddV2', [products, mask]) : products]);
    const kept = reshape(droppedOut(ops, p, factorsOf(ops, form)), sizes.byGroup);
    return [fromHeads(ops, reshape(run('BatchMatMulV2', [kept, v]), sizes.queriesByHead)), p];
  });
};

/**
 * dV = drop(P)^T dY, dP = drop(dY V^T), dS = P (dP - sum_j dP P), dQ = scale dS K, dK = dS^T scale Q, laid out as query and
 * keyValue are: [dQuery, dKeyValue?]
 */
const backward = (call: Call): tf.Tensor[] => {
  const name = 'SteadyAttentionGrad';
  const form = formOf(name, call);
  const { batch, queries, heads, groups, depth, packed, scale } = form;
  const sizes = sizesOf(form);
  expectShape(name, call, 'dy', [batch, queries, heads * depth]);
  expectShape(name, call, 'saved', sizes.byHead);
  return compute(call.backend, (ops) => {
    const { run, of, ints, reals, reshape, pack, concat } = ops;
    const [q, k, v] = splitHeads(ops, call, form);
    const p = of(call.inputs.saved!);
    const factors = factorsOf(ops, form);
    const dY = reshape(toHeads(ops, of(call.inputs.dy!), 1, heads), sizes.queriesByGroup);
    const kept = reshape(droppedOut(ops, p, factors), sizes.byGroup);
    const dV = run('BatchMatMulV2', [kept, dY], { adj_x: true });
    const dKept = reshape(run('BatchMatMulV2', [dY, v], { adj_y: true }), sizes.byHead);
    const dP = droppedOut(ops, dKept, factors);
    const sum = run('Sum', [run('Mul', [dP, p]), ints([3])], { keep_dims: true });
    const dS = reshape(run('Mul', [p, run('Sub', [dP, sum])]), sizes.byGroup);
    const dQ = run('Mul', [run('BatchMatMulV2', [dS, k]), reals([scale])]);
    const dK = run('BatchMatMulV2', [dS, q], { adj_x: true });
    if (packed && heads === groups) return [fromHeads(ops, pack([dQ, dK, dV], 0))];
    const dQuery = fromHeads(ops, reshape(dQ, sizes.queriesByHead));
    const dKeyValue = fromHeads(ops, pack([dK, dV], 0));
    return packed ? [concat([dQuery, dKeyValue], 2)] : [dQuery, dKeyValue];
  });
};

/** SteadyAttention and its gradient. */
export const attentionKernels: Readonly<Record<string, tf.KernelFunc>> = {
  SteadyAttention: kernel(forward),
  SteadyAttentionGrad: kernel(backward),
};
