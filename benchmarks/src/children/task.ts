import type { Method } from '../arguments';

/** One batch of ids, row by row: what every competitor trains on. */
export interface IdBatch {
  /** B. */
  readonly rows: number;
  /** S and T; shorter sentences end in pads. */
  readonly sourceTime: number;
  readonly targetTime: number;
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
  /** The longest sentence of any batch, on either side. */
  readonly time: number;
  /** Updates that are timed together: where batches differ in shape, all of them. */
  readonly updates: number;
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
  /** Whether batches have as many positions but sentences of varying length, as real ones do. */
  readonly padded?: boolean;
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
    return { rows: batchSize, sourceTime: time, targetTime: time, source, target, labels };
  });
};

/** Sentences beside those of a batch that it is cut from: batches are of like lengths, not of one. */
const SENTENCES = 60;
/** Longest sentence beside the mean one. */
const LONGEST = 3;

interface Sentence {
  readonly source: readonly number[];
  readonly labels: readonly number[];
}

/**
 * Batches as training on text has them: sentences of skewed lengths (a gamma law of shape 3, mean `time`), sorted by
 * length and cut so that rows times the longest stay within batchSize times time positions a side, then drawn at
 * random. So batches differ in rows and times, and hold pads.
 */
export const paddedBatches = (size: TaskSize, count: number = BATCHES): IdBatch[] => {
  const next = uniform(2);
  const { batchSize, time, vocabulary } = size;
  const budget = batchSize * time;
  const words = (length: number): number[] =>
    Array.from({ length }, () => WORDS + Math.floor(next() * (vocabulary - WORDS)));
  const length = (mean: number): number => {
    const gamma = -Math.log(next() * next() * next()) / 3;
    return Math.max(2, Math.min(LONGEST * time, Math.round(mean * gamma)));
  };
  const sentences = Array.from({ length: SENTENCES * count }, (): Sentence => {
    const source = words(length(time));
    const scale = 0.8 + 0.5 * next();
    return {
      source,
      labels: words(Math.max(2, Math.min(LONGEST * time, Math.round(source.length * scale)))),
    };
  }).sort((a, b) => a.labels.length - b.labels.length || a.source.length - b.source.length);
  const batches: Sentence[][] = [[]];
  for (const sentence of sentences) {
    const grown = [...batches.at(-1)!, sentence];
    if (positions(grown) <= budget) batches[batches.length - 1] = grown;
    else batches.push([sentence]);
  }
  return Array.from({ length: count }, () =>
    padded(batches.splice(Math.floor(next() * batches.length), 1)[0]!),
  );
};

const longest = (lists: readonly (readonly number[])[]): number =>
  Math.max(...lists.map((list) => list.length));

const sides = (sentences: readonly Sentence[]): [source: number, target: number] => [
  longest(sentences.map(({ source }) => source)),
  longest(sentences.map(({ labels }) => labels)),
];

/** Positions of the larger side, pads included. */
const positions = (sentences: readonly Sentence[]): number =>
  sentences.length * Math.max(...sides(sentences));

const padded = (sentences: readonly Sentence[]): IdBatch => {
  const [sourceTime, targetTime] = sides(sentences);
  const fill = (ids: readonly number[], time: number): number[] => [
    ...ids,
    ...new Array<number>(time - ids.length).fill(PAD),
  ];
  return {
    rows: sentences.length,
    sourceTime,
    targetTime,
    source: sentences.flatMap(({ source }) => fill(source, sourceTime)),
    target: sentences.flatMap(({ labels }) => fill([END, ...labels.slice(0, -1)], targetTime)),
    labels: sentences.flatMap(({ labels }) => fill(labels, targetTime)),
  };
};

/** Tokens of a batch on both sides, without pads. */
export const tokensOf = ({ source, labels }: IdBatch): number =>
  [...source, ...labels].filter((id) => id !== PAD).length;

/** Positions of a batch on both sides, pads included. */
export const positionsOf = ({ source, labels }: IdBatch): number => source.length + labels.length;

export const makeTask = (size: TaskSize, weights: string): Task => {
  const batches = size.padded === true ? paddedBatches(size) : randomBatches(size);
  return {
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
    time: Math.max(...batches.map(({ sourceTime, targetTime }) => Math.max(sourceTime, targetTime))),
    updates: size.padded === true ? batches.length : 1,
    batches,
    weights,
  };
};
