import type { NamedArray } from '@steadyformer/core';
import { sideBySide, transposed } from '@steadyformer/core/pretrained';
import type {
  PlainActivation,
  PlainAttention,
  PlainFeedForward,
  PlainLinear,
  PlainNorm,
  PlainStack,
  PlainTransformer,
} from '../plain/plainTransformer';
import type { ModelBin, Scalar } from './modelBin';

/** CTranslate2's numbers for activations: 1 is gelu's tanh form. */
const ACTIVATIONS: Readonly<Record<PlainActivation, number>> = { relu: 0, gelu: 1, swish: 2 };

type Variables = Record<string, NamedArray | Scalar>;

const int8 = (value: number | boolean): Scalar => ({ type: 'int8', value: Number(value) });
const int16 = (value: number): Scalar => ({ type: 'int16', value });
const float = (value: number): Scalar => ({ type: 'float32', value });

const addLinear = (to: Variables, path: string, ...maps: readonly PlainLinear[]): void => {
  to[`${path}/weight`] = transposed(sideBySide(maps.map(({ weight }) => weight)));
  to[`${path}/bias`] = sideBySide(maps.map(({ bias }) => bias));
};

const addNorm = (to: Variables, path: string, { gain, bias }: PlainNorm): void => {
  to[`${path}/layer_norm/gamma`] = gain;
  to[`${path}/layer_norm/beta`] = bias;
};

/** Queries, keys and values are one map. */
const addSelfAttention = (to: Variables, path: string, attention: PlainAttention): void => {
  const { query, key, value, output, norm } = attention;
  addLinear(to, `${path}/linear_0`, query, key, value);
  addLinear(to, `${path}/linear_1`, output);
  addNorm(to, path, norm);
};

/** Keys and values are one map. */
const addCrossAttention = (to: Variables, path: string, attention: PlainAttention): void => {
  const { query, key, value, output, norm } = attention;
  addLinear(to, `${path}/linear_0`, query);
  addLinear(to, `${path}/linear_1`, key, value);
  addLinear(to, `${path}/linear_2`, output);
  addNorm(to, path, norm);
};

const addFeedForward = (to: Variables, path: string, { inner, outer, norm }: PlainFeedForward): void => {
  addLinear(to, `${path}/linear_0`, inner);
  addLinear(to, `${path}/linear_1`, outer);
  addNorm(to, path, norm);
};

/** What encoder and decoder both say of themselves. */
const addStack = (
  to: Variables,
  name: string,
  { positions }: PlainStack<unknown>,
  { heads, activation, width }: PlainTransformer,
): void => {
  to[`${name}/num_heads`] = int16(heads);
  to[`${name}/pre_norm`] = int8(false);
  to[`${name}/activation`] = int8(ACTIVATIONS[activation]);
  to[`${name}/scale_embeddings`] = float(Math.sqrt(width));
  to[`${name}/position_encodings/encodings`] = positions;
};

const SOURCE = 'encoder/embeddings_0/weight';
const TARGET = 'decoder/embeddings/weight';
const OUTPUT = 'decoder/projection/weight';

/** The variables of CTranslate2's TransformerSpec, revision 7. */
export const transformerSpec = (plain: PlainTransformer): ModelBin => {
  const { encoder, decoder, output, tied } = plain;
  const to: Variables = {
    'encoder/embeddings_merge': int8(0),
    'encoder/multi_query_attention': int8(false),
    'decoder/alignment_layer': int16(-1),
    'decoder/alignment_heads': int16(plain.heads),
    'decoder/alibi': int8(false),
    'decoder/alibi_use_positive_positions': int8(false),
    'decoder/scale_alibi': int8(false),
    'decoder/start_from_zero_embedding': int8(false),
    [TARGET]: decoder.table,
  };
  if (tied !== true) to[SOURCE] = encoder.table;
  if (tied === false) to[OUTPUT] = output;
  addStack(to, 'encoder', encoder, plain);
  addStack(to, 'decoder', decoder, plain);
  for (const [i, layer] of encoder.layers.entries()) {
    addSelfAttention(to, `encoder/layer_${i}/self_attention`, layer.selfAttention);
    addFeedForward(to, `encoder/layer_${i}/ffn`, layer.feedForward);
  }
  for (const [i, layer] of decoder.layers.entries()) {
    addSelfAttention(to, `decoder/layer_${i}/self_attention`, layer.selfAttention);
    addCrossAttention(to, `decoder/layer_${i}/attention`, layer.crossAttention);
    addFeedForward(to, `decoder/layer_${i}/ffn`, layer.feedForward);
  }
  return {
    specification: 'TransformerSpec',
    revision: 7,
    variables: to,
    aliases: { ...(tied === true ? { [SOURCE]: TARGET } : {}), ...(tied ? { [OUTPUT]: TARGET } : {}) },
  };
};
