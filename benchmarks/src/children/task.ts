import type { Method } from '../arguments';

/** One batch of ids, row by row: what every competitor trains on. */
export interface IdBatch {
  /** [B, S] */
  readonly source: readonly number[];
  /** [B, T]: what the decoder sees. */
  readonly target: readonly number[];
  /** [B, T]: what it is to say. */
  readonly labels: readonly number[];
}

/** A training task, as all competitors read it from a file. */
export interface Task {
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  /** Blocks of each stack. */
  readonly depth: number;
  readonly vocabulary: number;
  readonly padId: number;
  readonly method: Method;
  /** Of embeddings, branch outputs and attention probabilities. */
  readonly dropout: number;
  readonly smoothing: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly batchSize: number;
  /** Tokens of a sentence, on each side. */
  readonly time: number;
  readonly batches: readonly IdBatch[];
  /** A safetensors file with the initial weights. */
  readonly weights: string;
}

/** What a task can be asked to be. */
export interface TaskSize {
  readonly width: number;
  readonly depth: number;
  readonly vocabulary: number;
  readonly batchSize: number;
  readonly time: number;
  readonly method: Method;
}

/** The width of a head in all tasks. */
export const HEAD = 64;
const PAD = 1;
const END = 2;
/** Ids below are special. */
const WORDS = 4;
const BATCHES = 8;

/** A deterministic stream of numbers in [0, 1) (Lehmer's generator). */
export const uniform = (seed: number): (() => number) => {
  let state = (seed * 2654435761 + 12345) % 2147483647;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
};

/** Random sentences without padding: every row has `time` ids on each side. */
export const randomBatches = (size: TaskSize, count: number = BATCHES): IdBatch[] => {
  const next = uniform(1);
  const { batchSize, time, vocabulary } = size;
  const word = (): number => WORDS + Math.floor(next() * (vocabulary - WORDS));
  return Array.from({ length: count }, () => {
    const source = Array.from({ length: batchSize * time }, word);
    const labels = Array.from({ length: batchSize * time }, word);
    const target = labels.map((_, i) => (i % time === 0 ? END : labels[i - 1]!));
    return { source, target, labels };
  });
};

export const makeTask = (size: TaskSize, weights: string): Task => ({
  width: size.width,
  heads: Math.max(1, size.width / HEAD),
  feedForward: 4 * size.width,
  depth: size.depth,
  vocabulary: size.vocabulary,
  padId: PAD,
  method: size.method,
  dropout: 0.1,
  smoothing: 0.1,
  learningRate: 1e-4,
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  batchSize: size.batchSize,
  time: size.time,
  batches: randomBatches(size),
  weights,
});
