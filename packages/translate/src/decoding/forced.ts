import { type Context, invalidArgument, softmaxCrossEntropy, type Transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { turnTaker } from '../checks/turns';

/** A source and what is said of it, as ids: the source's end included, the target's not. */
export interface Pair {
  readonly source: readonly number[];
  readonly target: readonly number[];
}

export interface Forced {
  /** Log-probability of every token of the target, the end's last. */
  readonly tokenScores: readonly number[];
  /** Of every token of the target, the end's last, what it sees of every token of the source: rows sum to 1. */
  readonly attention?: readonly (readonly number[])[];
}

export interface ForcedSettings {
  readonly eos: number;
  readonly pad: number;
  /** Tokens at a time, padding included, the larger side's. */
  readonly maxTokens: number;
  readonly attention: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Ids [B, T], right-padded. */
const padded = (rows: readonly (readonly number[])[], pad: number): tf.Tensor2D => {
  const width = Math.max(...rows.map((ids) => ids.length));
  const ids = new Int32Array(rows.length * width).fill(pad);
  for (const [row, of] of rows.entries()) ids.set(of, row * width);
  return tf.tensor2d(ids, [rows.length, width], 'int32');
};

const CROSS = /^decoder\..*crossAttention/;

/** Log-probabilities of the targets [B * T], and the attention [B, T, S] of the last decoder layer, its heads' mean. */
const passOf = (
  model: Transformer,
  pairs: readonly Pair[],
  { eos, pad, attention }: ForcedSettings,
): { scores: Float32Array; seen: Float32Array; time: number; width: number } => {
  let weights: tf.Tensor | undefined;
  const probe = {
    attention: ({ path, weights: found }: { readonly path: string; readonly weights: tf.Tensor }) => {
      if (!CROSS.test(path)) return;
      weights?.dispose();
      weights = tf.keep(tf.mean(found, 1));
    },
  };
  const context: Context = attention ? { probe } : {};
  const nll = tf.tidy(() => {
    const source = padded(
      pairs.map((pair) => pair.source),
      pad,
    );
    const target = padded(
      pairs.map((pair) => [eos, ...pair.target]),
      pad,
    );
    const labels = padded(
      pairs.map((pair) => [...pair.target, eos]),
      pad,
    );
    const hidden = model.decode(target, model.encode(source), context);
    const [batch, time, width] = hidden.shape;
    const logits = model.logits<tf.Rank.R2>(tf.reshape(hidden, [batch * time, width]));
    const found = softmaxCrossEntropy(logits, tf.reshape(labels, [batch * time]), 0);
    return tf.neg(found.nll);
  });
  try {
    if (attention && !weights) {
      const allowed = "models whose decoder has a sub-layer named 'crossAttention'";
      throw invalidArgument({ what: 'attention to the source', received: 'none', allowed });
    }
    const scores = Float32Array.from(nll.dataSync<'float32'>());
    const seen = weights ? Float32Array.from(weights.dataSync<'float32'>()) : new Float32Array(0);
    return { scores, seen, time: scores.length / pairs.length, width: weights?.shape[2] ?? 0 };
  } finally {
    tf.dispose([nll, ...(weights ? [weights] : [])]);
  }
};

const scoredBatch = (
  models: readonly Transformer[],
  pairs: readonly Pair[],
  settings: ForcedSettings,
): Forced[] => {
  const passes = models.map((model) => passOf(model, pairs, settings));
  const { time, width } = passes[0]!;
  const mean = (of: (pass: (typeof passes)[number]) => number): number =>
    passes.reduce((sum, pass) => sum + of(pass), 0) / passes.length;
  return pairs.map(({ source, target }, row) => {
    const places = Array.from({ length: target.length + 1 }, (_, i) => row * time + i);
    const tokenScores = places.map((at) =>
      passes.length === 1 ? passes[0]!.scores[at]! : Math.log(mean(({ scores }) => Math.exp(scores[at]!))),
    );
    if (!settings.attention) return { tokenScores };
    const attention = places.map((at) => source.map((_, i) => mean(({ seen }) => seen[at * width + i]!)));
    return { tokenScores, attention };
  });
};

/** The places of pairs, longest first, in batches of at most so many tokens, padding included. */
export const pairBatches = (pairs: readonly Pair[], maxTokens: number): number[][] => {
  const size = (at: number): number => Math.max(pairs[at]!.source.length, pairs[at]!.target.length + 1);
  const order = pairs.map((_, i) => i).sort((a, b) => size(b) - size(a) || a - b);
  const batches: number[][] = [];
  for (let from = 0; from < order.length; ) {
    const batch = order.slice(from, from + Math.max(1, Math.floor(maxTokens / size(order[from]!))));
    batches.push(batch);
    from += batch.length;
  }
  return batches;
};

/** What models say of targets that are given, as they are: teacher-forced, similar lengths together, in the order given. */
export const forced = async (
  models: readonly Transformer[],
  pairs: readonly Pair[],
  settings: ForcedSettings,
): Promise<Forced[]> => {
  const found = new Array<Forced>(pairs.length);
  const othersTurn = turnTaker();
  for (const batch of pairBatches(pairs, settings.maxTokens)) {
    settings.signal?.throwIfAborted();
    const scored = scoredBatch(
      models,
      batch.map((i) => pairs[i]!),
      settings,
    );
    for (const [i, one] of scored.entries()) found[batch[i]!] = one;
    await othersTurn();
  }
  return found;
};

/** Sum over the source of log min(1, what all tokens together saw of it), of attention [T, S] (Wu et al. 2016, eq. 14). */
export const coverage = (attention: readonly (readonly number[])[]): number =>
  attention[0]!.reduce((sum, _, i) => {
    const seen = attention.reduce((total, row) => total + row[i]!, 0);
    return sum + Math.log(Math.min(seen, 1));
  }, 0);
