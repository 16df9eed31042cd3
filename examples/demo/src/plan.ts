import type { CorpusName } from './options';

/** How large the demo is: what a backend gets through in about three minutes on two cores. */
export interface Plan {
  readonly corpus: CorpusName;
  /** BPE merges. */
  readonly merges: number;
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly depth: number;
  /** Padded tokens a batch. */
  readonly maxTokens: number;
  readonly steps: number;
  readonly peakRate: number;
  readonly warmup: number;
  readonly dropout: number;
}

const native: Plan = {
  corpus: 'libreoffice',
  merges: 2000,
  width: 128,
  heads: 4,
  feedForward: 512,
  depth: 2,
  maxTokens: 2048,
  steps: 720,
  peakRate: 4e-3,
  warmup: 120,
  dropout: 0.1,
};

const wasm: Plan = {
  corpus: 'emoji',
  merges: 1000,
  width: 96,
  heads: 4,
  feedForward: 192,
  depth: 2,
  maxTokens: 1024,
  steps: 280,
  peakRate: 5e-3,
  warmup: 60,
  dropout: 0.1,
};

/** The JS backend does a thirtieth of wasm's work. */
const slow: Plan = { ...wasm, width: 32, heads: 2, feedForward: 64, depth: 1, maxTokens: 512, steps: 200 };

/** The plan for a backend. */
export const planFor = (backend: string): Plan => {
  if (backend === 'cpu') return slow;
  return backend === 'wasm' ? wasm : native;
};
