import * as tf from '@tensorflow/tfjs';
import type { AttentionAttrs } from '../backend/kernels';
import type { Context } from '../context/context';
import { dropoutStream } from '../context/dropout';
import { type AttentionInputs, attention, type ScoreAttrs, scoresOfAttention } from '../ops/attention';
import { weightsAreFixed } from '../ops/fixedLinear';
import type { RandomStream } from '../random/random';
import { initialValues, type UniformInitial } from '../state/initial';
import type { Geometry } from './attentionGeometry';
import {
  type AttentionOutputOptions,
  type AttentionOutputParts,
  attentionOutputParts,
} from './attentionOutput';
import {
  type AttentionScoreOptions,
  type AttentionScores,
  attentionScores,
  type QueryScale,
} from './attentionScores';
import { type HeadNormOptions, type HeadNorms, headNorms } from './headNorms';
import { type InitGains, scaleColumns, uniform, xavier } from './initializers';
import { Linear } from './linear';
import type { NormSpec } from './norm';

/** What a method's plan may ask of an attention. */
export interface AttentionBranchOptions
  extends AttentionOutputOptions,
    HeadNormOptions,
    AttentionScoreOptions {}

/** Options of `SelfAttention` and `CrossAttention`. */
export interface AttentionOptions extends AttentionBranchOptions {
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values; fewer than `heads` makes it grouped-query. Default `heads`. */
  readonly keyValueHeads?: number | undefined;
  /** Dh, features of a head. Default width / heads. */
  readonly headWidth?: number | undefined;
  /** Whether the linear maps have biases. Default true. */
  readonly bias?: boolean | undefined;
  /** Dropout of the attention probabilities. Default 0. */
  readonly dropout?: number | undefined;
  readonly gains?: InitGains | undefined;
}

/** What an attention's norms were made from, by which theory follows them. */
export interface AttentionNorms {
  readonly normSpecs: {
    readonly queryKeyNorm?: NormSpec | undefined;
    readonly valueNorm?: NormSpec | undefined;
    readonly innerNorm?: NormSpec | undefined;
  };
}

/** Fields of an attention layer. */
interface AttentionParts extends AttentionOutputParts, HeadNorms, AttentionScores, AttentionNorms {
  readonly output: Linear;
  readonly queryKeyScale?: QueryScale | undefined;
}

/** The fields that self- and cross-attention share: the last map, and what branch options ask for. */
export const attentionParts = (
  options: AttentionOptions,
  { heads, headWidth, queryWidth }: Geometry,
  where: string,
  random: RandomStream,
): AttentionParts => ({
  output: new Linear(
    { inputs: queryWidth, outputs: options.width },
    { gain: options.gains?.output, bias: options.bias },
    random.fork('output'),
  ),
  normSpecs: {
    queryKeyNorm: options.queryKeyNorm,
    valueNorm: options.valueNorm,
    innerNorm: options.innerNorm,
  },
  ...attentionScores(headWidth, options, where),
  queryKeyScale: options.queryKeyScale?.make(queryWidth),
  ...attentionOutputParts(options, heads, queryWidth),
  ...headNorms(options, headWidth),
});

export const attrsOf = (
  { heads, groups, dropout }: Geometry,
  { scale, logitCap }: AttentionScores,
  context: Context,
  causal: boolean,
): ScoreAttrs => {
  const stream = dropoutStream(context, dropout);
  const attrs: AttentionAttrs = {
    heads,
    keyValueHeads: groups,
    scale,
    causal,
    dropoutRate: stream ? dropout : 0,
    dropoutKey: stream?.fork('weights').key ?? [0, 0],
    independent: weightsAreFixed(),
  };
  return logitCap === undefined ? attrs : { ...attrs, logitCap };
};

/** The op, watched where the context asks for it. */
export const attend = (inputs: AttentionInputs, attrs: ScoreAttrs, context: Context): tf.Tensor3D => {
  const { probe, path = '' } = context;
  if (probe?.attention) {
    const scores = scoresOfAttention(inputs, attrs);
    const weights = tf.softmax(scores, 3);
    probe.attention({ path, context, scores, weights });
    tf.dispose([scores, weights]);
  }
  return attention(inputs, attrs);
};

/** A matrix, how its numbers were drawn, and whether a bias stands beside it: options of `Linear`. */
export interface Fused {
  readonly weights: Float32Array;
  readonly initial: UniformInitial;
  readonly bias?: boolean | undefined;
}

/**
 * Weights of query, key and value with the variance of one fused Xavier-uniform matrix, 1 / (2 D) for H = G, as
 * in the authors' code for self- and cross-attention alike. Returns the fused [D, (H + 2 G) Dh] matrix.
 */
export const fusedWeights = (
  { width, gains = {}, bias }: AttentionOptions,
  g: Geometry,
  random: RandomStream,
): Fused => {
  const columns = g.queryWidth + 2 * g.groupWidth;
  const initial = xavier(width, columns);
  const weights = initialValues(width * columns, () => {
    const drawn = uniform(random.fork('queryKeyValue'), width * columns, initial);
    scaleColumns(drawn, columns, 0, g.queryWidth, gains.query);
    scaleColumns(drawn, columns, g.queryWidth, g.groupWidth, gains.key);
    scaleColumns(drawn, columns, g.queryWidth + g.groupWidth, g.groupWidth, gains.value);
    return drawn;
  });
  return { weights, initial: { ...initial, gains }, bias };
};
