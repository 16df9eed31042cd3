import { sizeOf } from '../backend';
import type { Kernel } from '../kernels/kernel';
import { Graph, type Value } from '../onnx/graph';
import { FLOAT, type Operand } from '../ort/runtime';
import { attentionByKernels } from './attentionByKernels';
import { attentionStep } from './attentionStep';
import { dropoutSigns, type Key, keepScale } from './dropoutBits';
import { sizesOf, splitInputs, zeros } from './heads';

/** Added to scores that may not be seen. */
const MASKED = -1e9;

/** Query i of Tq sees keys up to i + Tk - Tq. [Tq, Tk] */
const causalMask = (queries: number, keys: number): Operand => {
  const data = new Float32Array(new ArrayBuffer(Math.max(72, 4 * queries * keys)), 0, queries * keys);
  for (let i = 0; i < queries; i++) {
    data.fill(
      MASKED,
      Math.min(i * keys + Math.max(0, i + keys - queries + 1), (i + 1) * keys),
      (i + 1) * keys,
    );
  }
  return { data, shape: [queries, keys], type: FLOAT };
};

interface Form {
  readonly mask: boolean;
  readonly causal: boolean;
  readonly dropout: boolean;
  readonly scale: number;
  readonly keepScale: number;
}

/**
 * softmax(q k^T scale + masks) v. Under dropout what is saved are the probabilities with a minus sign where they
 * are dropped: one tensor then holds both the probabilities (absolute values) and the mask (positive part).
 * q [B, G, R, Tq, Dh], k and v [B, G, 1, Tk, Dh].
 */
const forwardGraph =
  ({ mask, causal, dropout, scale, keepScale }: Form) =>
  (): Graph => {
    const g = new Graph();
    const [q, k, v] = [g.input(), g.input(), g.input()];
    let scores: Value = g.matMul(q, k, { transposeB: true, alpha: scale });
    if (mask) scores = g.op('Add', [scores, g.input()]);
    if (causal) scores = g.op('Add', [scores, g.input()]);
    let saved = g.op('Softmax', [scores], { axis: -1 });
    let used = saved;
    if (dropout) {
      saved = g.op('Mul', [saved, g.input()]);
      used = g.op('Relu', [saved]);
    }
    const y = g.matMul(used, v, { alpha: keepScale });
    g.output(g.op('Transpose', [y], { perm: [0, 3, 1, 2, 4] }));
    g.output(saved);
    return g;
  };

/** SteadyAttention: [y [B, Tq, H Dh], saved [B, H, Tq, Tk]]. */
export const attention: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  const sizes = sizesOf('SteadyAttention', call);
  const { batch, queries, keys, heads, groups, depth } = sizes;
  const shape = [batch, queries, heads * depth];
  const probabilities = [batch, heads, queries, keys];
  if (sizeOf(shape) === 0 || keys === 0) return [zeros(backend, shape), zeros(backend, probabilities)];
  const step = attentionStep(call, sizes);
  if (step != null) return step;
  const rate = attrs.dropoutRate as number;
  const { mask } = inputs;
  const form: Form = {
    mask: mask != null,
    causal: attrs.causal === true && queries > 1,
    dropout: rate > 0,
    scale: attrs.scale as number,
    keepScale: keepScale(rate),
  };
  const repeat = heads / groups;
  const { qkv, temporary } = splitInputs(call, sizes);
  const [q, k, v] = qkv as [Operand, Operand, Operand];
  const rows = [batch, groups, repeat, queries];
  const operands: Operand[] = [
    { ...q, shape: [...rows, depth] },
    { ...k, shape: [batch, groups, 1, keys, depth] },
    { ...v, shape: [batch, groups, 1, keys, depth] },
  ];
  const made = attentionByKernels(call, sizes, operands as [Operand, Operand, Operand]);
  if (made != null) {
    for (const info of temporary) backend.disposeData(info.dataId);
    return made;
  }
  if (mask) {
    const [b, h, tq, tk] = mask.shape as [number, number, number, number];
    operands.push(backend.operand(mask, h === 1 ? [b, 1, 1, tq, tk] : [b, groups, repeat, tq, tk]));
  }
  if (form.causal) operands.push(causalMask(queries, keys));
  if (form.dropout) {
    const signs = backend.fresh([...rows, keys]);
    dropoutSigns(attrs.dropoutKey as Key, rate, signs.values);
    temporary.push(signs.info);
    operands.push(backend.operand(signs.info));
  }
  try {
    return backend.compute(
      `SteadyAttention:${JSON.stringify(form)}`,
      forwardGraph(form),
      operands,
      [
        { shape, graphShape: [batch, queries, groups, repeat, depth] },
        { shape: probabilities, graphShape: [...rows, keys] },
      ],
      (sizeOf(probabilities) * depth) / 4,
    );
  } finally {
    for (const info of temporary) backend.disposeData(info.dataId);
  }
};
