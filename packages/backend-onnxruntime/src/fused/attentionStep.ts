import type * as tf from '@tensorflow/tfjs';
import type { Numbers } from '../backend';
import { OnnxRuntimeError } from '../errors';
import type { Call, Kernel } from '../kernels/kernel';
import { type Lines, plainAttentionStep, type Step } from './attentionStepPlain';
import { expectShape } from './contract';
import { type Sizes, zeros } from './heads';

type Attended = [y: tf.TensorInfo, saved: tf.TensorInfo];

/**
 * Attention of one query a row to keys and values where they lie, a step of decoding, by one kernel: heads are not split, which
 * costs more than the attention itself, and what is cached is not put in order. Undefined where kernels do not run.
 */
const byKernel = (step: Step, { backend }: Call): Attended | undefined => {
  if (!backend.hasNatives) return undefined;
  const { batch, heads, groups, keys, depth, query, queryWidth, scale, pieces, mask } = step;
  const y = backend.fresh([batch, 1, heads * depth]);
  const saved = backend.fresh([batch, heads, 1, keys]);
  const table = backend.fresh<Int32Array>([batch * (keys + 1)], 'int32');
  const all = mask ? [...pieces, mask] : pieces;
  const rows = backend.fresh<Int32Array>([all.length * batch], 'int32');
  for (const [i, lines] of all.entries()) rows.values.set(lines.rows, i * batch);
  const reads: Numbers[] = [query, rows.values, ...all.map(({ values }) => values)];
  const operands = { reads, writes: [y.values, saved.values, table.values] };
  const done = backend.native(operands, (kernels, at) => {
    const places = at(table.values);
    const masks = places + 4 * batch * keys;
    let first = 0;
    for (const [i, { values, keys: some, width }] of pieces.entries()) {
      const keyAt = at(values) + 4 * (width - 2 * groups * depth);
      const rowsAt = at(rows.values) + 4 * i * batch;
      kernels.placeKeys(places + 4 * first, 4 * keys, batch, keyAt, some, 4 * width, rowsAt);
      first += some;
    }
    if (mask) {
      const rowsAt = at(rows.values) + 4 * pieces.length * batch;
      kernels.placeKeys(masks, 4, batch, at(mask.values), 1, 4 * mask.width, rowsAt);
    }
    kernels.attentionStep(
      ...([at(query), 4 * queryWidth, places, batch, heads, groups, keys, depth, scale] as const),
      ...([mask !== undefined, masks, 4 * (step.maskHead ?? 0), at(saved.values), at(y.values)] as const),
    );
  });
  for (const { info } of [table, rows]) backend.disposeData(info.dataId);
  if (done) return [y.info, saved.info];
  for (const { info } of [y, saved]) backend.disposeData(info.dataId);
  return undefined;
};

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/**
 * SteadyAttention of one query a row and memory of its own as a step. [y, saved] as `attention` gives; undefined where the call
 * is another, or kernels do not run.
 */
export const attentionStep = (call: Call, sizes: Sizes): Attended | undefined => {
  const { inputs, attrs, backend } = call;
  const { batch, heads, groups, queries, keys, depth } = sizes;
  const { mask } = inputs;
  if (inputs.keyValue == null || queries !== 1 || (attrs.dropoutRate as number) > 0) return undefined;
  if (mask != null && mask.shape[3] !== keys) return undefined;
  const own = upTo(batch);
  const piece = {
    values: backend.values<Float32Array>(inputs.keyValue),
    keys,
    width: 2 * groups * depth,
    rows: own,
  };
  const maskRows = mask != null && mask.shape[0] === 1 ? own.map(() => 0) : own;
  const [, maskHeads = 1] = mask?.shape ?? [];
  const step = {
    ...sizes,
    maskHead: maskHeads > 1 ? keys : 0,
    query: backend.values<Float32Array>(inputs.query!),
    queryWidth: heads * depth,
    scale: attrs.scale as number,
    pieces: [piece],
    mask: mask
      ? { values: backend.values<Float32Array>(mask), keys: 1, width: maskHeads * keys, rows: maskRows }
      : undefined,
  };
  return byKernel(step, call);
};

/** Rows of a piece that are read, held to those that there are: a kernel would read beyond. */
const checkedRows = (
  name: string,
  rows: ArrayLike<number>,
  batch: number,
  most: number,
): ArrayLike<number> => {
  let fits = rows?.length === batch;
  for (let i = 0; fits && i < batch; i++)
    fits = Number.isInteger(rows[i]) && rows[i]! >= 0 && rows[i]! < most;
  if (fits) return rows;
  throw new OnnxRuntimeError(
    `SteadyAttentionStep rows of ${name}: received ${rows?.length} of them, allowed ${batch} whole numbers below ${most}.`,
  );
};

/** The inputs of a call, held to the contract. */
const stepOf = (call: Call): Step => {
  const { inputs, attrs, backend } = call;
  const name = 'SteadyAttentionStep';
  expectShape(name, call, 'query', [null, 1, null]);
  const [heads, groups, depth] = [attrs.heads, attrs.keyValueHeads, attrs.depth] as [number, number, number];
  const [batch, , queryWidth] = inputs.query!.shape as [number, number, number];
  if (!Number.isInteger(heads / groups) || !(queryWidth >= heads * depth)) {
    throw new OnnxRuntimeError(
      `${name} query: received width ${queryWidth}, allowed ${heads} heads of ${depth} or more, in ${groups} groups.`,
    );
  }
  const pieces = (attrs.rows as readonly ArrayLike<number>[]).map((rows, i): Lines => {
    const piece = `piece${i}`;
    expectShape(name, call, piece, [null, null, null]);
    const [most, keys, width] = inputs[piece]!.shape as [number, number, number];
    if (width < 2 * groups * depth) expectShape(name, call, piece, [most, keys, 2 * groups * depth]);
    const values = backend.values<Float32Array>(inputs[piece]!);
    return { values, keys, width, rows: checkedRows(piece, rows, batch, most) };
  });
  const keys = pieces.reduce((sum, piece) => sum + piece.keys, 0);
  const sizes = { batch, heads, groups, keys, depth, queryWidth, scale: attrs.scale as number, pieces };
  const query = backend.values<Float32Array>(inputs.query!);
  const { mask } = inputs;
  if (mask == null) return { ...sizes, query, mask: undefined };
  expectShape(name, call, 'mask', [null, 1, 1, keys]);
  const rows = checkedRows('mask', attrs.maskRows as ArrayLike<number>, batch, mask.shape[0]!);
  const values = backend.values<Float32Array>(mask);
  return { ...sizes, query, mask: { values, keys: 1, width: keys, rows } };
};

/** SteadyAttentionStep: [y [B, 1, H Dh]]. */
export const attentionPieces: Kernel = (call) => {
  const step = stepOf(call);
  const { batch, heads, depth, keys } = step;
  const shape = [batch, 1, heads * depth];
  if (batch * heads * depth * keys === 0) return [zeros(call.backend, shape)];
  const made = byKernel(step, call);
  if (made != null) {
    call.backend.disposeData(made[1].dataId);
    return [made[0]];
  }
  const y = call.backend.fresh(shape);
  plainAttentionStep(step, y.values);
  return [y.info];
};
