import { checkNumber, checkOptions } from '../../checks/errors';
import type { InitGains } from '../../layers/initializers';
import { deepest, type Place } from '../place';
import type { ResidualMethod } from '../residual';

/** Options of `deepScaleLM`. */
export interface DeepScaleLMOptions {
  /** k: every branch adds k / N of the stream's variance, N the branches of the stack. Default 2. */
  readonly k?: number;
  /** Correlation of two tokens that enter the stack. Default 0.221, of words drawn as Zipf has them. */
  readonly correlation?: number;
  /** d_ff over D, which the feed-forward's weights depend on. Default 4. */
  readonly hiddenRatio?: number;
  /** The rate of the dropout of branches' outputs, which the weights make up for; below 0.5. Default 0. */
  readonly dropout?: number;
}

type Options = Required<DeepScaleLMOptions>;

/** b^2 = k / N, at most 1/2: a stack of two branches keeps its shortcut. */
const branchShare = (k: number, branches: number): number => Math.min(k / branches, 0.5);

/** Correlation of two tokens behind the ReLU of a feed-forward branch, weights independent of the stream. */
const throughRelu = (r: number): number => r + (Math.sqrt(1 - r * r) - r * Math.acos(r)) / Math.PI;

/**
 * Correlation of two tokens before every branch of a stack, and after the last: attention averages tokens, so that
 * theirs is 1 behind it, and every join mixes by shares of the variance. A block's last branch is its feed-forward.
 */
const correlations = (depth: number, perBlock: number, { k, correlation, dropout }: Options): number[] => {
  const share = branchShare(k, depth * perBlock);
  const kept = 1 - dropout;
  const found = [Math.min(1, correlation * kept)];
  for (let i = 0; i < depth * perBlock; i++) {
    const r = found[i]!;
    const branch = kept * ((i + 1) % perBlock === 0 ? throughRelu(r) : 1);
    found.push(Math.min(1, (1 - share) * r + share * branch));
  }
  return found;
};

/** Gains that bring an attention branch to variance 1 where its tokens correlate by r: D^2 Var[W_V] Var[W_O] r = kept. */
const attentionGains = (r: number, kept: number): InitGains => {
  const factor = (kept / r) ** 0.25;
  // Query, key and value start with 1 / (2 D), output with 1 / D.
  return { query: Math.SQRT2, key: Math.SQRT2, value: Math.SQRT2 * factor, output: factor };
};

/** Gains that bring a ReLU branch to variance 1, the same on both maps: D d_ff Var[W_1] Var[W_2] / 2 = kept. */
const feedForwardGains = (ratio: number, kept: number): InitGains => {
  const gain = Math.sqrt((Math.sqrt((2 * kept) / ratio) * (1 + ratio)) / 2);
  return { inner: gain, outer: gain };
};

/**
 * x' = a x + b f(LN(x)), a^2 + b^2 = 1 and b^2 = k / N constant, with weights under which every branch has variance 1:
 * values and output by the correlation of the tokens, carried through the depth by closed forms (Kedia et al. 2024,
 * DeepScaleLM). Closed forms and the correlation at the start are those of the authors' code, whose b^2 of 0.005 at 192
 * blocks is k = 2; here b^2 is 1/2 at most. Embeddings and sinusoidal positions have half of the variance each; a
 * decoder's cross-attention reads tokens that correlate as those that leave an encoder of two branches a block. Gains
 * are against the common start, and for ReLU.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2403.09635 | Kedia et al. 2024, Transformers Get Stable: An End-to-End Signal Propagation Theory for Language Models}
 */
export const deepScaleLM = (options: DeepScaleLMOptions = {}): ResidualMethod => {
  checkOptions(options, ['k', 'correlation', 'hiddenRatio', 'dropout'], 'deepScaleLM()');
  const { k = 2, correlation = 0.221, hiddenRatio = 4, dropout = 0 } = options;
  checkNumber('deepScaleLM() k', k, 'numbers > 0', (each) => each > 0);
  checkNumber('deepScaleLM() correlation', correlation, 'numbers in (0, 1]', (r) => r > 0 && r <= 1);
  checkNumber('deepScaleLM() hiddenRatio', hiddenRatio, 'numbers > 0', (each) => each > 0);
  checkNumber('deepScaleLM() dropout', dropout, 'numbers in [0, 0.5)', (p) => p >= 0 && p < 0.5);
  const all = { k, correlation, hiddenRatio, dropout };
  // Every branch of a stack asks for the same list.
  const lists = new Map<string, readonly number[]>();
  const listOf = (depth: number, perBlock: number): readonly number[] => {
    const key = `${depth} ${perBlock}`;
    if (!lists.has(key)) lists.set(key, correlations(depth, perBlock, all));
    return lists.get(key)!;
  };
  const gainsOf = (place: Place): InitGains => {
    const { kind, depth, branches, index, reads } = place;
    if (kind === 'feedForward') return feedForwardGains(hiddenRatio, 1 - dropout);
    if (kind === 'selfAttention') return attentionGains(listOf(depth, branches / depth)[index]!, 1 - dropout);
    if (kind !== 'crossAttention') return {};
    return attentionGains(listOf(Math.max(1, deepest(reads)), 2).at(-1)!, 1 - dropout);
  };
  return {
    name: 'deepScaleLM',
    options: all,
    plan: (place) => {
      const share = branchShare(k, place.branches);
      return {
        residual: {
          before: 'layer',
          shortcutScale: { kind: 'constant', value: Math.sqrt(1 - share) },
          branchScale: { kind: 'constant', value: Math.sqrt(share) },
        },
        initGains: gainsOf(place),
      };
    },
    embeddingGain: () => Math.sqrt(0.5 - dropout),
  };
};
