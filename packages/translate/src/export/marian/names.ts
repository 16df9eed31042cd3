import type { NamedArray } from '@steadyformer/core';
import { transposed } from '@steadyformer/core/pretrained';
import type {
  PlainAttention,
  PlainFeedForward,
  PlainLinear,
  PlainNorm,
  PlainTransformer,
} from '../plain/plainTransformer';

// The names that Hugging Face's Marian gives its tensors.

/** Where the tables lie: `shared` stands for all three where they are one. */
export const SHARED_TABLE = 'model.shared.weight';
export const OUTPUT_TABLE = 'lm_head.weight';
export const OUTPUT_BIAS = 'final_logits_bias';
export const tableOf = (stack: string): string => `model.${stack}.embed_tokens.weight`;
export const positionsOf = (stack: string): string => `model.${stack}.embed_positions.weight`;
export const layerOf = (stack: string, layer: number): string => `model.${stack}.layers.${layer}`;

/** An attention's maps by their names. */
export const PROJECTIONS = {
  query: 'q_proj',
  key: 'k_proj',
  value: 'v_proj',
  output: 'out_proj',
} as const;

/** An attention and its norm below a layer. */
export const SELF = { maps: 'self_attn', norm: 'self_attn_layer_norm' } as const;
export const CROSS = { maps: 'encoder_attn', norm: 'encoder_attn_layer_norm' } as const;
/** The feed-forward's maps and norm below a layer. */
export const INNER = 'fc1';
export const OUTER = 'fc2';
export const LAST_NORM = 'final_layer_norm';

type Tensors = Record<string, NamedArray>;

const addLinear = (to: Tensors, path: string, { weight, bias }: PlainLinear): void => {
  to[`${path}.weight`] = transposed(weight);
  to[`${path}.bias`] = bias;
};

const addNorm = (to: Tensors, path: string, { gain, bias }: PlainNorm): void => {
  to[`${path}.weight`] = gain;
  to[`${path}.bias`] = bias;
};

const addAttention = (
  to: Tensors,
  layer: string,
  { maps, norm }: typeof SELF | typeof CROSS,
  attention: PlainAttention,
): void => {
  for (const [role, name] of Object.entries(PROJECTIONS)) {
    addLinear(to, `${layer}.${maps}.${name}`, attention[role as keyof typeof PROJECTIONS]);
  }
  addNorm(to, `${layer}.${norm}`, attention.norm);
};

const addFeedForward = (to: Tensors, layer: string, { inner, outer, norm }: PlainFeedForward): void => {
  addLinear(to, `${layer}.${INNER}`, inner);
  addLinear(to, `${layer}.${OUTER}`, outer);
  addNorm(to, `${layer}.${LAST_NORM}`, norm);
};

/** All tensors under their names; those that are one stand once, as Hugging Face's own files have them. */
export const marianTensors = ({ encoder, decoder, output, tied }: PlainTransformer): Tensors => {
  const to: Tensors = {};
  if (tied === true) to[SHARED_TABLE] = output;
  else {
    to[tableOf('encoder')] = encoder.table;
    to[tableOf('decoder')] = decoder.table;
    if (tied === false) to[OUTPUT_TABLE] = output;
  }
  to[OUTPUT_BIAS] = { shape: [1, output.shape[0]!], data: new Float32Array(output.shape[0]!) };
  to[positionsOf('encoder')] = encoder.positions;
  to[positionsOf('decoder')] = decoder.positions;
  for (const [i, layer] of encoder.layers.entries()) {
    addAttention(to, layerOf('encoder', i), SELF, layer.selfAttention);
    addFeedForward(to, layerOf('encoder', i), layer.feedForward);
  }
  for (const [i, layer] of decoder.layers.entries()) {
    addAttention(to, layerOf('decoder', i), SELF, layer.selfAttention);
    addAttention(to, layerOf('decoder', i), CROSS, layer.crossAttention);
    addFeedForward(to, layerOf('decoder', i), layer.feedForward);
  }
  return to;
};
