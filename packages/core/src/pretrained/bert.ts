import { ACTIVATION_NAMES, feedForward, pointwise } from './activations';
import { type Blueprint, selfAttention, stackOf } from './blueprint';
import { flagOr, maybeId, oneOfOr, only, positiveOr, readFields, size, sizeOr } from './configFields';
import { InputEmbedding } from './inputEmbedding';
import type { PretrainedConfig } from './model';
import { OutputHead } from './outputHead';
import type { CheckpointTensors } from './tensors';
import { Weights } from './weights';

const entries = () => ({
  vocab_size: size(),
  hidden_size: size(),
  num_hidden_layers: size(),
  num_attention_heads: size(),
  intermediate_size: size(),
  max_position_embeddings: size(),
  type_vocab_size: sizeOr(2),
  hidden_act: oneOfOr(ACTIVATION_NAMES, 'gelu'),
  layer_norm_eps: positiveOr(1e-12),
  pad_token_id: maybeId(),
  tie_word_embeddings: flagOr(true),
  position_embedding_type: only('absolute'),
  is_decoder: only(false),
  add_cross_attention: only(false),
});

const HEAD = 'cls.predictions';
/** Beside the stack and its masked-token head: what classifies sentences, and positions counted. */
const UNUSED = /(^|\.)(pooler\.|seq_relationship\.|classifier\.|qa_outputs\.)|position_ids$/;

/**
 * BERT (Devlin et al. 2019): a Post-LN encoder with learned positions, token types and a norm of the embeddings. Logits
 * are those of its head for masked tokens, where the checkpoint has it.
 */
export const readBert = (json: unknown, from: CheckpointTensors): Blueprint => {
  const read = readFields(entries(), json);
  const { hidden_size: width, num_hidden_layers: depth, num_attention_heads: heads } = read;
  const { vocab_size: vocabulary, intermediate_size: hidden, hidden_act: activation } = read;
  const { layer_norm_eps: epsilon, max_position_embeddings: length, type_vocab_size: types } = read;
  const config: PretrainedConfig = {
    ...{ kind: 'pretrained', architecture: 'bert', form: 'encoder', width, heads, keyValueHeads: heads },
    ...{
      feedForward: hidden,
      activation,
      normEpsilon: epsilon,
      depth: { encoder: depth },
      vocabulary,
      length,
    },
    padId: read.pad_token_id ?? 0,
  };
  // Files of the bare model have no prefix.
  const prefix = from.has('embeddings.word_embeddings.weight') ? '' : 'bert.';
  const weights = new Weights(from);
  const embeddings = `${prefix}embeddings`;
  weights.copy('embedding.table', `${embeddings}.word_embeddings.weight`, vocabulary, width);
  weights.copy('embedding.positionTable', `${embeddings}.position_embeddings.weight`, length, width);
  weights.copy('embedding.typeTable', `${embeddings}.token_type_embeddings.weight`, types, width);
  weights.norm('embedding.norm', `${embeddings}.LayerNorm`, width);
  for (let layer = 0; layer < depth; layer++) {
    const there = `${prefix}encoder.layer.${layer}`;
    const [attention, feed] = ['selfAttention', 'feedForward'].map(
      (name) => `encoder.layers.${layer}.${name}`,
    );
    const maps = ['query', 'key', 'value'].map((role) => [`${there}.attention.self.${role}`, width] as const);
    weights.linear(`${attention}.branch.queryKeyValue`, width, maps);
    weights.linear(`${attention}.branch.output`, width, [[`${there}.attention.output.dense`, width]]);
    weights.norm(`${attention}.after`, `${there}.attention.output.LayerNorm`, width);
    weights.linear(`${feed}.branch.inner`, width, [[`${there}.intermediate.dense`, hidden]]);
    weights.linear(`${feed}.branch.outer`, hidden, [[`${there}.output.dense`, width]]);
    weights.norm(`${feed}.after`, `${there}.output.LayerNorm`, width);
  }
  const hasHead = from.has(`${HEAD}.transform.dense.weight`);
  const tied = read.tie_word_embeddings;
  if (hasHead) {
    weights.linear('head.dense', width, [[`${HEAD}.transform.dense`, width]]);
    weights.norm('head.norm', `${HEAD}.transform.LayerNorm`, width);
    weights.copy('head.bias', `${HEAD}.bias`, vocabulary);
    if (!tied) weights.copy('head.table', `${HEAD}.decoder.weight`, vocabulary, width);
  }
  from.checkAllAsked('BERT', (name) => UNUSED.test(name) || (hasHead && name.startsWith(`${HEAD}.decoder.`)));
  return {
    config,
    state: weights.state,
    build: (random) => {
      const embedding = new InputEmbedding({
        ...{ vocabulary, width, positions: length, types },
        normEpsilon: epsilon,
      });
      const block = [selfAttention({ width, heads }), feedForward(width, hidden, activation)];
      const transform = { activation: pointwise(activation), epsilon };
      const head = { vocabulary, width, tied: tied ? embedding.table : undefined, bias: true, transform };
      return {
        embedding,
        encoder: stackOf(config, { name: 'encoder', joining: 'postLN', block, causal: false }, random),
        head: hasHead ? new OutputHead(head, random) : undefined,
      };
    },
  };
};
