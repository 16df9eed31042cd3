import { ACTIVATION_NAMES, feedForward } from './activations';
import { type Blueprint, selfAttention, stackOf } from './blueprint';
import { flagOr, maybeId, maybeSize, oneOfOr, only, positiveOr, readFields, size } from './configFields';
import { InputEmbedding } from './inputEmbedding';
import type { PretrainedConfig } from './model';
import { OutputHead } from './outputHead';
import type { CheckpointTensors } from './tensors';
import { Weights } from './weights';

const entries = () => ({
  vocab_size: size(),
  n_embd: size(),
  n_layer: size(),
  n_head: size(),
  n_positions: size(),
  n_inner: maybeSize(),
  activation_function: oneOfOr(ACTIVATION_NAMES, 'gelu_new'),
  layer_norm_epsilon: positiveOr(1e-5),
  pad_token_id: maybeId(),
  tie_word_embeddings: flagOr(true),
  scale_attn_weights: only(true),
  scale_attn_by_inverse_layer_idx: only(false),
  add_cross_attention: only(false),
});

/** Causal masks that old files hold beside the weights. */
const UNUSED = /\.attn\.(bias|masked_bias)$/;

/** GPT-2 (Radford et al. 2019): Pre-LN, learned positions, gelu in its tanh form, the output's table the input's. */
export const readGpt2 = (json: unknown, from: CheckpointTensors): Blueprint => {
  const read = readFields(entries(), json);
  const { n_embd: width, n_layer: depth, n_head: heads, vocab_size: vocabulary, n_positions: length } = read;
  const hidden = read.n_inner ?? 4 * width;
  const tied = read.tie_word_embeddings;
  const config: PretrainedConfig = {
    ...{
      kind: 'pretrained',
      architecture: 'gpt2',
      form: 'languageModel',
      width,
      heads,
      keyValueHeads: heads,
    },
    ...{ feedForward: hidden, activation: read.activation_function, normEpsilon: read.layer_norm_epsilon },
    ...{ depth: { decoder: depth }, vocabulary, length },
    ...(read.pad_token_id === undefined ? {} : { padId: read.pad_token_id }),
  };
  // Files of the bare model have no prefix.
  const prefix = from.has('wte.weight') ? '' : 'transformer.';
  const weights = new Weights(from, 'conv1d');
  weights.copy('embedding.table', `${prefix}wte.weight`, vocabulary, width);
  weights.copy('embedding.positionTable', `${prefix}wpe.weight`, length, width);
  for (let layer = 0; layer < depth; layer++) {
    const there = `${prefix}h.${layer}`;
    const [attention, feed] = ['selfAttention', 'feedForward'].map(
      (name) => `decoder.layers.${layer}.${name}`,
    );
    weights.norm(`${attention}.before`, `${there}.ln_1`, width);
    weights.linear(`${attention}.branch.queryKeyValue`, width, [[`${there}.attn.c_attn`, 3 * width]]);
    weights.linear(`${attention}.branch.output`, width, [[`${there}.attn.c_proj`, width]]);
    weights.norm(`${feed}.before`, `${there}.ln_2`, width);
    weights.linear(`${feed}.branch.inner`, width, [[`${there}.mlp.c_fc`, hidden]]);
    weights.linear(`${feed}.branch.outer`, hidden, [[`${there}.mlp.c_proj`, width]]);
  }
  weights.norm('decoder.finalNorm', `${prefix}ln_f`, width);
  if (!tied) weights.copy('head.table', 'lm_head.weight', vocabulary, width);
  const isUnused = (name: string): boolean => UNUSED.test(name) || (tied && name === 'lm_head.weight');
  from.checkAllAsked('GPT-2', isUnused);
  return {
    config,
    state: weights.state,
    build: (random) => {
      const embedding = new InputEmbedding({ vocabulary, width, positions: length });
      const block = [selfAttention({ width, heads }), feedForward(width, hidden, config.activation)];
      return {
        embedding,
        decoder: stackOf(config, { name: 'decoder', joining: 'preLN', block, causal: true }, random),
        head: new OutputHead({ vocabulary, width, tied: tied ? embedding.table : undefined }, random),
      };
    },
  };
};
