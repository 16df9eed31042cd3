import {
  type NamedArray,
  postLN,
  type StateDict,
  type TransformerConfig,
  type TransformerOptions,
  transformerConfig,
} from '@steadyformer/core';
import { sideBySide } from '@steadyformer/core/pretrained';
import { SPECIAL_IDS } from '../../subwords/special';
import { sameArray } from './arrays';
import type {
  PlainAttention,
  PlainFeedForward,
  PlainLinear,
  PlainNorm,
  PlainTransformer,
} from './plainTransformer';

type Parameters = Record<string, NamedArray>;

const addLinear = (to: Parameters, path: string, { weight, bias }: PlainLinear): void => {
  to[`${path}.weight`] = weight;
  to[`${path}.bias`] = bias;
};

const joined = (parts: readonly PlainLinear[]): PlainLinear => ({
  weight: sideBySide(parts.map(({ weight }) => weight)),
  bias: sideBySide(parts.map(({ bias }) => bias)),
});

const addNorm = (to: Parameters, path: string, { gain, bias }: PlainNorm): void => {
  to[`${path}.after.gain`] = gain;
  to[`${path}.after.bias`] = bias;
};

const addSelfAttention = (to: Parameters, path: string, attention: PlainAttention): void => {
  const { query, key, value, output, norm } = attention;
  addLinear(to, `${path}.branch.queryKeyValue`, joined([query, key, value]));
  addLinear(to, `${path}.branch.output`, output);
  addNorm(to, path, norm);
};

const addCrossAttention = (to: Parameters, path: string, attention: PlainAttention): void => {
  const { query, key, value, output, norm } = attention;
  addLinear(to, `${path}.branch.query`, query);
  addLinear(to, `${path}.branch.keyValue`, joined([key, value]));
  addLinear(to, `${path}.branch.output`, output);
  addNorm(to, path, norm);
};

const addFeedForward = (to: Parameters, path: string, { inner, outer, norm }: PlainFeedForward): void => {
  addLinear(to, `${path}.branch.inner`, inner);
  addLinear(to, `${path}.branch.outer`, outer);
  addNorm(to, path, norm);
};

/** Which tables can be one: positions belong to a table, so that theirs must be equal too. */
const tiedOf = ({ tied, encoder, decoder }: PlainTransformer): boolean | 'decoder' =>
  tied === true && !sameArray(encoder.positions, decoder.positions) ? 'decoder' : tied;

/** A plain Transformer as a config and parameters of ours, with learned positions. */
export const writePlain = (
  plain: PlainTransformer,
  dropout: NonNullable<TransformerOptions['dropout']>,
): { readonly config: TransformerConfig; readonly parameters: StateDict } => {
  const { width, heads, feedForward, activation, encoder, decoder, output } = plain;
  const tiedEmbeddings = tiedOf(plain);
  const [source, vocabulary] = [encoder.table.shape[0]!, output.shape[0]!];
  const config = transformerConfig({
    ...{ width, heads, feedForward, activation, dropout, vocabulary, tiedEmbeddings },
    ...(source === vocabulary ? {} : { sourceVocabulary: source }),
    padId: SPECIAL_IDS.pad,
    depth: { encoder: encoder.layers.length, decoder: decoder.layers.length },
    method: postLN(),
    positions: { kind: 'learned', length: encoder.positions.shape[0]! },
  });
  const to: Parameters = {
    'sourceEmbedding.table': encoder.table,
    'sourceEmbedding.positionTable': encoder.positions,
  };
  if (tiedEmbeddings !== true) {
    to['targetEmbedding.table'] = decoder.table;
    to['targetEmbedding.positionTable'] = decoder.positions;
  }
  if (tiedEmbeddings === false) to['outputEmbedding.table'] = output;
  for (const [i, layer] of encoder.layers.entries()) {
    addSelfAttention(to, `encoder.layers.${i}.selfAttention`, layer.selfAttention);
    addFeedForward(to, `encoder.layers.${i}.feedForward`, layer.feedForward);
  }
  for (const [i, layer] of decoder.layers.entries()) {
    addSelfAttention(to, `decoder.layers.${i}.selfAttention`, layer.selfAttention);
    addCrossAttention(to, `decoder.layers.${i}.crossAttention`, layer.crossAttention);
    addFeedForward(to, `decoder.layers.${i}.feedForward`, layer.feedForward);
  }
  return { config, parameters: to };
};
