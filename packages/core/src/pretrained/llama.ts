import { rotaryPositions } from '../layers/rotaryPositions';
import { gated } from '../ops/gated';
import type { SubLayerSpec } from '../residual/branch';
import { type Blueprint, selfAttention, stackOf } from './blueprint';
import {
  flagOr,
  maybeId,
  maybeRecord,
  maybeSize,
  oneOfOr,
  only,
  positiveOr,
  readFields,
  size,
  sizeOr,
} from './configFields';
import { InputEmbedding } from './inputEmbedding';
import { MappedFeedForward } from './mappedFeedForward';
import type { PretrainedConfig } from './model';
import { OutputHead } from './outputHead';
import type { CheckpointTensors } from './tensors';
import { Weights } from './weights';

/** Turns that are stretched for longer sentences ('llama3', 'yarn', ...) are not read. */
const rope = () =>
  maybeRecord({ rope_type: only('default'), type: only('default'), rope_theta: positiveOr(Number.NaN) });

const entries = () => ({
  vocab_size: size(),
  hidden_size: size(),
  num_hidden_layers: size(),
  num_attention_heads: size(),
  num_key_value_heads: maybeSize(),
  head_dim: maybeSize(),
  intermediate_size: size(),
  hidden_act: oneOfOr(['silu', 'swish'], 'silu'),
  rms_norm_eps: positiveOr(1e-6),
  max_position_embeddings: sizeOr(2048),
  rope_theta: positiveOr(10000),
  rope_scaling: rope(),
  rope_parameters: rope(),
  attention_bias: flagOr(false),
  mlp_bias: flagOr(false),
  pad_token_id: maybeId(),
  tie_word_embeddings: flagOr(false),
});

/** Frequencies of the turns, which old files hold beside the weights. */
const UNUSED = /\.rotary_emb\.inv_freq$/;

/**
 * Llama (Touvron et al. 2023): RMSNorm before, rotary positions, grouped-query attention, SwiGLU. A head's features lie in
 * halves there as here, so that no weight changes its place.
 */
export const readLlama = (json: unknown, from: CheckpointTensors): Blueprint => {
  const read = readFields(entries(), json);
  const { hidden_size: width, num_hidden_layers: depth, num_attention_heads: heads } = read;
  const { vocab_size: vocabulary, intermediate_size: hidden, attention_bias: bias } = read;
  const keyValueHeads = read.num_key_value_heads ?? heads;
  const headWidth = read.head_dim ?? Math.floor(width / heads);
  // New files name it within the parameters, old ones beside them.
  const theta = read.rope_parameters?.rope_theta ?? Number.NaN;
  const base = Number.isNaN(theta) ? read.rope_theta : theta;
  const tied = read.tie_word_embeddings;
  const config: PretrainedConfig = {
    ...{ kind: 'pretrained', architecture: 'llama', form: 'languageModel', width, heads, keyValueHeads },
    ...{ feedForward: hidden, activation: 'swiglu', normEpsilon: read.rms_norm_eps },
    ...{ depth: { decoder: depth }, vocabulary, length: read.max_position_embeddings },
    ...(read.pad_token_id === undefined ? {} : { padId: read.pad_token_id }),
  };
  const weights = new Weights(from);
  weights.copy('embedding.table', 'model.embed_tokens.weight', vocabulary, width);
  const [queries, keys] = [heads * headWidth, keyValueHeads * headWidth];
  for (let layer = 0; layer < depth; layer++) {
    const there = `model.layers.${layer}`;
    const [attention, feed] = ['selfAttention', 'feedForward'].map(
      (name) => `decoder.layers.${layer}.${name}`,
    );
    weights.norm(`${attention}.before`, `${there}.input_layernorm`, width, false);
    const maps = [
      [`${there}.self_attn.q_proj`, queries],
      [`${there}.self_attn.k_proj`, keys],
      [`${there}.self_attn.v_proj`, keys],
    ] as const;
    weights.linear(`${attention}.branch.queryKeyValue`, width, maps, bias);
    weights.linear(`${attention}.branch.output`, queries, [[`${there}.self_attn.o_proj`, width]], bias);
    weights.norm(`${feed}.before`, `${there}.post_attention_layernorm`, width, false);
    const gate = [
      [`${there}.mlp.gate_proj`, hidden],
      [`${there}.mlp.up_proj`, hidden],
    ] as const;
    weights.linear(`${feed}.branch.inner`, width, gate, read.mlp_bias);
    weights.linear(`${feed}.branch.outer`, hidden, [[`${there}.mlp.down_proj`, width]], read.mlp_bias);
  }
  weights.norm('decoder.finalNorm', 'model.norm', width, false);
  if (!tied) weights.copy('head.table', 'lm_head.weight', vocabulary, width);
  from.checkAllAsked('Llama', (name) => UNUSED.test(name) || (tied && name === 'lm_head.weight'));
  const block: readonly SubLayerSpec[] = [
    selfAttention({ width, heads, keyValueHeads, headWidth, bias, positions: rotaryPositions({ base }) }),
    {
      name: 'feedForward',
      branch: ({ random }) =>
        new MappedFeedForward(
          { width, hidden, inner: 2 * hidden, activation: (x) => gated(x, 'swish'), bias: read.mlp_bias },
          random,
        ),
    },
  ];
  return {
    config,
    state: weights.state,
    build: (random) => {
      const embedding = new InputEmbedding({ vocabulary, width });
      return {
        embedding,
        decoder: stackOf(config, { name: 'decoder', joining: 'preRms', block, causal: true }, random),
        head: new OutputHead({ vocabulary, width, tied: tied ? embedding.table : undefined }, random),
      };
    },
  };
};
