/** Formulas in float64 that more than one test checks against. Flat row-major numbers in and out. */

export const layerNormFormula = (x: number[], gain: number[], bias: number[], epsilon: number): number[] => {
  const width = gain.length;
  return x.map((value, at) => {
    const row = x.slice(at - (at % width), at - (at % width) + width);
    const mean = row.reduce((sum, item) => sum + item, 0) / width;
    const variance = row.reduce((sum, item) => sum + (item - mean) ** 2, 0) / width;
    return ((value - mean) / Math.sqrt(variance + epsilon)) * gain[at % width]! + bias[at % width]!;
  });
};

export interface AttentionSizes {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly groups: number;
  /** Width of a head. */
  readonly depth: number;
}

/**
 * softmax(q k^T / sqrt(depth)) v per head, for q [B, Tq, H Dh], k and v [B, Tk, G Dh]; `allowed` says which keys a
 * query may see, `factor` multiplies a probability (dropout).
 */
export const attentionFormula = (
  { q, k, v }: { q: number[]; k: number[]; v: number[] },
  { batch, queries, keys, heads, groups, depth }: AttentionSizes,
  allowed: (b: number, i: number, j: number) => boolean = () => true,
  factor: (b: number, h: number, i: number, j: number) => number = () => 1,
): number[] => {
  const out = new Array<number>(batch * queries * heads * depth).fill(0);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const group = Math.floor((h * groups) / heads);
      for (let i = 0; i < queries; i++) {
        const at = ((b * queries + i) * heads + h) * depth;
        const row = (j: number): number => ((b * keys + j) * groups + group) * depth;
        const scores = Array.from({ length: keys }, (_, j) => {
          let score = 0;
          for (let d = 0; d < depth; d++) score += q[at + d]! * k[row(j) + d]!;
          return allowed(b, i, j) ? Math.exp(score / Math.sqrt(depth)) : 0;
        });
        const total = scores.reduce((sum, score) => sum + score, 0);
        for (const [j, score] of scores.entries()) {
          const p = (score / total) * factor(b, h, i, j);
          for (let d = 0; d < depth; d++) out[at + d]! += p * v[row(j) + d]!;
        }
      }
    }
  }
  return out;
};
