import type { AttentionStepAttrs } from '../src/backend/kernels';
import { f32, type Kernel } from './referenceKernel';

/** SteadyAttentionStep, one number after the other. */
export const attentionStepRows: Kernel = (inputs, given) => {
  const {
    heads,
    keyValueHeads: groups,
    depth,
    scale,
    rows,
    maskRows,
  } = given as unknown as AttentionStepAttrs;
  const { query, mask } = inputs;
  const [batch, , width] = query!.shape as [number, number, number];
  const values = f32(batch * heads * depth, (at) => {
    const [b, h, d] = [Math.floor(at / heads / depth), Math.floor(at / depth) % heads, at % depth];
    const group = Math.floor((h * groups) / heads) * depth;
    const scores: number[] = [];
    const found: number[] = [];
    for (const [i, of] of rows.entries()) {
      const { values: x, shape } = inputs[`piece${i}`]!;
      const [, keys, columns] = shape as [number, number, number];
      for (let j = 0; j < keys; j++) {
        const line = (of[b]! * keys + j + 1) * columns;
        const key = line - 2 * groups * depth + group;
        let sum = 0;
        for (let e = 0; e < depth; e++) sum += query!.values[b * width + h * depth + e]! * x[key + e]!;
        scores.push(sum * scale);
        found.push(x[line - groups * depth + group + d]!);
      }
    }
    const seen = scores.map((score, j) =>
      mask ? score + mask.values[(maskRows?.[b] ?? b) * scores.length + j]! : score,
    );
    const top = Math.max(...seen);
    const chances = seen.map((score) => Math.exp(score - top));
    return (
      chances.reduce((sum, chance, j) => sum + chance * found[j]!, 0) /
      chances.reduce((sum, each) => sum + each, 0)
    );
  });
  return [{ values, shape: [batch, 1, heads * depth] }];
};

/** SteadyTopLogits by a full sort. */
export const topLogitsRows: Kernel = ({ logits }, { count }) => {
  const [m, v] = logits!.shape as [number, number];
  const k = count as number;
  const row = (i: number) =>
    Array.from(logits!.values.subarray(i * v, (i + 1) * v), (value, at) => ({ value, at }));
  const best = Array.from({ length: m }, (_, i) =>
    row(i)
      .sort((a, b) => b.value - a.value || a.at - b.at)
      .slice(0, k),
  ).flat();
  const mass = f32(m, (i) =>
    row(i).reduce((sum, { value }) => sum + Math.exp(value - best[i * k]!.value), 0),
  );
  return [
    { values: f32(m * k, (i) => best[i]!.value), shape: [m, k] },
    {
      values: Int32Array.from(best, ({ at }) => at) as unknown as Float32Array,
      shape: [m, k],
      dtype: 'int32',
    },
    { values: mass, shape: [m] },
  ];
};
