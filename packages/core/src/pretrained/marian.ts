import { ACTIVATION_NAMES, feedForward } from './activations';
import { type Blueprint, crossAttention, selfAttention, stackOf } from './blueprint';
import { flagOr, id, lengthOr, maybeSize, oneOfOr, only, readFields, size } from './configFields';
import { InputEmbedding } from './inputEmbedding';
import { marianPositions } from './marianPositions';
import type { PretrainedConfig } from './model';
import { OutputHead } from './outputHead';
import type { CheckpointTensors } from './tensors';
import { Weights } from './weights';

const entries = () => ({
  vocab_size: size(),
  decoder_vocab_size: maybeSize(),
  d_model: size(),
  encoder_layers: size(),
  decoder_layers: size(),
  encoder_attention_heads: size(),
  decoder_attention_heads: size(),
  encoder_ffn_dim: size(),
  decoder_ffn_dim: size(),
  activation_function: oneOfOr(ACTIVATION_NAMES, 'gelu'),
  max_position_embeddings: lengthOr(1024),
  scale_embedding: flagOr(false),
  share_encoder_decoder_embeddings: flagOr(true),
  tie_word_embeddings: flagOr(true),
  pad_token_id: id(),
  normalize_before: only(false),
  normalize_embedding: only(false),
  add_final_layer_norm: only(false),
});

const SHARED = 'model.shared.weight';
const OUTPUT = 'lm_head.weight';
const BIAS = 'final_logits_bias';
const tableOf = (stack: string): string => `model.${stack}.embed_tokens.weight`;

/** Marian (Junczys-Dowmunt et al. 2018): a Post-LN encoder-decoder with sinusoids, and a bias of the logits. */
export const readMarian = (json: unknown, from: CheckpointTensors): Blueprint => {
  const read = readFields(entries(), json);
  const { d_model: width, vocab_size: vocabulary, max_position_embeddings: length } = read;
  const targetVocabulary = read.decoder_vocab_size ?? vocabulary;
  const shared = read.share_encoder_decoder_embeddings;
  const tied = shared || read.tie_word_embeddings;
  const depth = { encoder: read.encoder_layers, decoder: read.decoder_layers };
  const heads = { encoder: read.encoder_attention_heads, decoder: read.decoder_attention_heads };
  const hidden = { encoder: read.encoder_ffn_dim, decoder: read.decoder_ffn_dim };
  const activation = read.activation_function;
  const config: PretrainedConfig = {
    ...{ kind: 'pretrained', architecture: 'marian', form: 'transformer', width, heads: heads.encoder },
    ...{ keyValueHeads: heads.encoder, feedForward: hidden.encoder, activation, normEpsilon: 1e-5, depth },
    ...{ vocabulary, targetVocabulary, padId: read.pad_token_id, length },
  };
  const weights = new Weights(from);
  const table = (to: string, names: readonly string[], rows: number): void => {
    // A file may hold one table under several names.
    const [first = names[0]!, ...more] = names.filter((name) => from.has(name));
    for (const name of more) from.read(name, rows, width);
    weights.copy(to, first, rows, width);
  };
  if (shared) table('embedding.table', [SHARED, tableOf('encoder'), tableOf('decoder'), OUTPUT], vocabulary);
  else {
    table('embedding.table', [tableOf('encoder')], vocabulary);
    table('targetEmbedding.table', [tableOf('decoder'), ...(tied ? [OUTPUT] : [])], targetVocabulary);
    if (!tied) table('head.table', [OUTPUT], targetVocabulary);
  }
  for (const [stack, embedding] of [
    ['encoder', 'embedding'],
    ['decoder', 'targetEmbedding'],
  ] as const) {
    const positions = `model.${stack}.embed_positions.weight`;
    weights.state[`${embedding}.positionTable`] = from.has(positions)
      ? from.read(positions, length, width)
      : marianPositions(length, width);
    for (let layer = 0; layer < depth[stack]; layer++) addLayer(weights, stack, layer, width, hidden[stack]);
  }
  if (from.has(BIAS)) from.read(BIAS, 1, targetVocabulary);
  weights.state['head.bias'] = {
    shape: [targetVocabulary],
    data: from.has(BIAS) ? from.read(BIAS, 1, targetVocabulary).data : new Float32Array(targetVocabulary),
  };
  from.checkAllAsked('Marian');
  return {
    config,
    state: weights.state,
    build: (random) => {
      const scale = read.scale_embedding ? Math.sqrt(width) : 1;
      const embedding = new InputEmbedding({ vocabulary, width, positions: length, scale });
      const targetOptions = { vocabulary: targetVocabulary, width, positions: length, scale };
      const targetEmbedding = new InputEmbedding(targetOptions, shared ? embedding.table : undefined);
      const feed = (stack: 'encoder' | 'decoder') => feedForward(width, hidden[stack], activation);
      const encoder = {
        ...({ name: 'encoder', joining: 'postLN', causal: false } as const),
        block: [selfAttention({ width, heads: heads.encoder }), feed('encoder')],
        readBy: { decoder: depth.decoder },
      };
      const decoder = {
        ...({ name: 'decoder', joining: 'postLN', causal: true } as const),
        block: [
          selfAttention({ width, heads: heads.decoder }),
          crossAttention(width, heads.decoder),
          feed('decoder'),
        ],
        reads: { encoder: depth.encoder },
      };
      const table = tied ? targetEmbedding.table : undefined;
      return {
        ...{ embedding, targetEmbedding },
        encoder: stackOf(config, encoder, random),
        decoder: stackOf(config, decoder, random),
        head: new OutputHead({ vocabulary: targetVocabulary, width, tied: table, bias: true }, random),
      };
    },
  };
};

const addLayer = (
  weights: Weights,
  stack: 'encoder' | 'decoder',
  layer: number,
  width: number,
  hidden: number,
): void => {
  const there = `model.${stack}.layers.${layer}`;
  const here = `${stack}.layers.${layer}`;
  const own = ['q', 'k', 'v'].map((role) => [`${there}.self_attn.${role}_proj`, width] as const);
  weights.linear(`${here}.selfAttention.branch.queryKeyValue`, width, own);
  weights.linear(`${here}.selfAttention.branch.output`, width, [[`${there}.self_attn.out_proj`, width]]);
  weights.norm(`${here}.selfAttention.after`, `${there}.self_attn_layer_norm`, width);
  if (stack === 'decoder') {
    const cross = `${here}.crossAttention.branch`;
    const [query, ...keyValue] = ['q', 'k', 'v'].map(
      (role) => [`${there}.encoder_attn.${role}_proj`, width] as const,
    );
    weights.linear(`${cross}.query`, width, [query!]);
    weights.linear(`${cross}.keyValue`, width, keyValue);
    weights.linear(`${cross}.output`, width, [[`${there}.encoder_attn.out_proj`, width]]);
    weights.norm(`${here}.crossAttention.after`, `${there}.encoder_attn_layer_norm`, width);
  }
  weights.linear(`${here}.feedForward.branch.inner`, width, [[`${there}.fc1`, hidden]]);
  weights.linear(`${here}.feedForward.branch.outer`, hidden, [[`${there}.fc2`, width]]);
  weights.norm(`${here}.feedForward.after`, `${there}.final_layer_norm`, width);
};
