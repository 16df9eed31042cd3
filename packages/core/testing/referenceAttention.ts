import type { AttentionAttrs } from '../src/backend/kernels';
import { dropoutFactors } from '../src/random/random';

interface Values {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}
type Inputs = Readonly<Record<string, Values>>;

/** Where head h of row t lies in query, key and value, packed or apart. */
const layout = ({ query, keyValue }: Inputs, { heads, keyValueHeads: groups }: AttentionAttrs) => {
  const [batch, queries, columns] = query!.shape as [number, number, number];
  const depth = keyValue ? columns / heads : columns / (heads + 2 * groups);
  const source = keyValue ?? query!;
  const keys = source.shape[1]!;
  const width = source.shape[2]!;
  const start = keyValue ? 0 : heads * depth;
  const group = (h: number): number => Math.floor((h * groups) / heads);
  return {
    ...{ batch, queries, keys, depth, source },
    q: (b: number, i: number, h: number): number => (b * queries + i) * columns + h * depth,
    k: (b: number, j: number, h: number): number => (b * keys + j) * width + start + group(h) * depth,
    v: (b: number, j: number, h: number): number =>
      (b * keys + j) * width + start + (groups + group(h)) * depth,
  };
};

const dot = (a: Float32Array, from: number, b: Float32Array, at: number, size: number): number => {
  let sum = 0;
  for (let d = 0; d < size; d++) sum += a[from + d]! * b[at + d]!;
  return sum;
};

const addTo = (
  target: Float32Array,
  at: number,
  factor: number,
  source: Float32Array,
  from: number,
  size: number,
): void => {
  for (let d = 0; d < size; d++) target[at + d] = target[at + d]! + factor * source[from + d]!;
};

/** [y, probabilities] of SteadyAttention. */
export const attentionRows = (inputs: Inputs, attrs: AttentionAttrs): Values[] => {
  const { query, mask } = inputs;
  const at = layout(inputs, attrs);
  const { batch, queries, keys, depth, source } = at;
  const { heads } = attrs;
  const y = new Float32Array(batch * queries * heads * depth);
  const p = new Float32Array(batch * heads * queries * keys);
  const factors = dropoutFactors(attrs.dropoutKey, p.length, attrs.dropoutRate);
  each(batch, heads, queries, (b, h, i) => {
    const row = ((b * heads + h) * queries + i) * keys;
    const scores = Array.from({ length: keys }, (_, j) => {
      const maskRow = mask ? (b * mask.shape[2]! + (mask.shape[2] === 1 ? 0 : i)) * keys : 0;
      const hidden = attrs.causal && j > i + keys - queries ? -1e9 : 0;
      const score = dot(query!.values, at.q(b, i, h), source.values, at.k(b, j, h), depth);
      return score * attrs.scale + (mask?.values[maskRow + j] ?? 0) + hidden;
    });
    const top = Math.max(...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
    for (const [j, score] of scores.entries()) {
      p[row + j] = Math.exp(score - top) / total;
      const used = p[row + j]! * factors[row + j]!;
      addTo(y, ((b * queries + i) * heads + h) * depth, used, source.values, at.v(b, j, h), depth);
    }
  });
  return [
    { values: y, shape: [batch, queries, heads * depth] },
    { values: p, shape: [batch, heads, queries, keys] },
  ];
};

/** [dQuery, dKeyValue?] of SteadyAttentionGrad. */
export const attentionGradients = (inputs: Inputs, attrs: AttentionAttrs): Values[] => {
  const { query, keyValue, dy, saved } = inputs;
  const at = layout(inputs, attrs);
  const { batch, queries, keys, depth, source } = at;
  const { heads } = attrs;
  const dQuery = new Float32Array(query!.values.length);
  const dSource = keyValue ? new Float32Array(keyValue.values.length) : dQuery;
  const factors = dropoutFactors(attrs.dropoutKey, saved!.values.length, attrs.dropoutRate);
  each(batch, heads, queries, (b, h, i) => {
    const row = ((b * heads + h) * queries + i) * keys;
    const from = ((b * queries + i) * heads + h) * depth;
    const p = saved!.values.subarray(row, row + keys);
    const dP = p.map(
      (_, j) => factors[row + j]! * dot(dy!.values, from, source.values, at.v(b, j, h), depth),
    );
    const centre = dot(dP, 0, p, 0, keys);
    for (let j = 0; j < keys; j++) {
      const dScore = p[j]! * (dP[j]! - centre) * attrs.scale;
      addTo(dQuery, at.q(b, i, h), dScore, source.values, at.k(b, j, h), depth);
      addTo(dSource, at.k(b, j, h), dScore, query!.values, at.q(b, i, h), depth);
      addTo(dSource, at.v(b, j, h), p[j]! * factors[row + j]!, dy!.values, from, depth);
    }
  });
  const gradient = { values: dQuery, shape: query!.shape };
  return keyValue ? [gradient, { values: dSource, shape: keyValue.shape }] : [gradient];
};

const each = (
  batch: number,
  heads: number,
  queries: number,
  f: (b: number, h: number, i: number) => void,
): void => {
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++) for (let i = 0; i < queries; i++) f(b, h, i);
};
