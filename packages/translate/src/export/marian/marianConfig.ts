import { SPECIAL_IDS } from '../../subwords/special';
import type { PlainActivation, PlainTransformer } from '../plain/plainTransformer';

/** Our activations under Hugging Face's names. */
const ACTIVATIONS: Readonly<Record<PlainActivation, string>> = {
  relu: 'relu',
  gelu: 'gelu_pytorch_tanh',
  swish: 'silu',
};

/** Hugging Face's activations that are ours, whatever they are called there. */
export const KNOWN_ACTIVATIONS: Readonly<Record<string, PlainActivation>> = {
  relu: 'relu',
  gelu_pytorch_tanh: 'gelu',
  gelu_new: 'gelu',
  silu: 'swish',
  swish: 'swish',
};

const { bos, pad, eos } = SPECIAL_IDS;

/** The ids that both `config.json` and `generation_config.json` name: the decoder begins with the end of a sentence. */
export const MARIAN_IDS: Readonly<
  Record<'bos_token_id' | 'decoder_start_token_id' | 'eos_token_id' | 'pad_token_id', number>
> = { bos_token_id: bos, decoder_start_token_id: eos, eos_token_id: eos, pad_token_id: pad };

/** `config.json` of Hugging Face's Marian. */
export const marianConfig = (plain: PlainTransformer): Readonly<Record<string, unknown>> => {
  const { width, heads, feedForward, activation, encoder, decoder, output, tied } = plain;
  return {
    architectures: ['MarianMTModel'],
    model_type: 'marian',
    is_encoder_decoder: true,
    vocab_size: encoder.table.shape[0],
    decoder_vocab_size: output.shape[0],
    share_encoder_decoder_embeddings: tied === true,
    tie_word_embeddings: tied !== false,
    d_model: width,
    encoder_layers: encoder.layers.length,
    decoder_layers: decoder.layers.length,
    encoder_attention_heads: heads,
    decoder_attention_heads: heads,
    encoder_ffn_dim: feedForward,
    decoder_ffn_dim: feedForward,
    activation_function: ACTIVATIONS[activation],
    scale_embedding: true,
    max_position_embeddings: encoder.positions.shape[0],
    dropout: 0,
    attention_dropout: 0,
    activation_dropout: 0,
    ...MARIAN_IDS,
    forced_eos_token_id: null,
    use_cache: true,
    dtype: 'float32',
  };
};

/** `generation_config.json`: what a `Translator` does unless it is told otherwise. */
export const generationConfig = ({ encoder }: PlainTransformer): Readonly<Record<string, unknown>> => ({
  ...MARIAN_IDS,
  forced_eos_token_id: null,
  max_length: encoder.positions.shape[0],
  num_beams: 4,
  length_penalty: 1,
  // Never said: they fill batches and begin sequences.
  suppress_tokens: [bos, pad],
});
