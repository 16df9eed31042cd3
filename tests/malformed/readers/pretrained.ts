import { encodeSafetensors, type NamedArray } from '@steadyformer/core';
import { decodePretrained, fromPretrained } from '@steadyformer/core/pretrained';
import { filesReader, type Reader } from '../reader';

const array = (...shape: readonly number[]): NamedArray => {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, i) => ((7 * i) % 11) / 11 - 0.5) };
};
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** The smallest there are, as transformers names their parts. */
const gpt2 = (): Record<string, Uint8Array> => {
  const config = { model_type: 'gpt2', vocab_size: 6, n_embd: 4, n_layer: 1, n_head: 2, n_positions: 5 };
  const map = (name: string, inputs: number, outputs: number) => ({
    [`h.0.${name}.weight`]: array(inputs, outputs),
    [`h.0.${name}.bias`]: array(outputs),
  });
  const norm = (name: string) => ({ [`${name}.weight`]: array(4), [`${name}.bias`]: array(4) });
  const tensors = {
    ...{ 'wte.weight': array(6, 4), 'wpe.weight': array(5, 4) },
    ...{ ...map('attn.c_attn', 4, 12), ...map('attn.c_proj', 4, 4) },
    ...{ ...map('mlp.c_fc', 4, 16), ...map('mlp.c_proj', 16, 4) },
    ...{ ...norm('h.0.ln_1'), ...norm('h.0.ln_2'), ...norm('ln_f') },
  };
  return { 'config.json': json(config), 'model.safetensors': encodeSafetensors(tensors) };
};

const llama = (): Record<string, Uint8Array> => {
  const config = {
    ...{ model_type: 'llama', vocab_size: 6, hidden_size: 4, intermediate_size: 6, num_hidden_layers: 1 },
    ...{ num_attention_heads: 2, num_key_value_heads: 1, tie_word_embeddings: true },
    rope_parameters: { rope_type: 'default', rope_theta: 500 },
  };
  const layer = 'model.layers.0';
  const parts: Readonly<Record<string, Readonly<Record<string, NamedArray>>>> = {
    'one.safetensors': {
      'model.embed_tokens.weight': array(6, 4),
      [`${layer}.self_attn.q_proj.weight`]: array(4, 4),
      [`${layer}.self_attn.k_proj.weight`]: array(2, 4),
      [`${layer}.self_attn.v_proj.weight`]: array(2, 4),
      [`${layer}.self_attn.o_proj.weight`]: array(4, 4),
    },
    'two.safetensors': {
      [`${layer}.mlp.gate_proj.weight`]: array(6, 4),
      [`${layer}.mlp.up_proj.weight`]: array(6, 4),
      [`${layer}.mlp.down_proj.weight`]: array(4, 6),
      [`${layer}.input_layernorm.weight`]: array(4),
      [`${layer}.post_attention_layernorm.weight`]: array(4),
      'model.norm.weight': array(4),
    },
  };
  const map = Object.entries(parts).flatMap(([part, tensors]) =>
    Object.keys(tensors).map((name) => [name, part]),
  );
  return {
    'config.json': json(config),
    'model.safetensors.index.json': json({ weight_map: Object.fromEntries(map) }),
    ...Object.fromEntries(Object.entries(parts).map(([part, tensors]) => [part, encodeSafetensors(tensors)])),
  };
};

export const pretrained: readonly Reader[] = [
  filesReader({
    name: 'core/pretrained: fromPretrained',
    sound: [gpt2, llama],
    read: (files) => fromPretrained(decodePretrained(files)),
    // Nothing vouches for the numbers: what is read has to be a model of its own config.
    judge: (model) => {
      const branches = model.decoder!.subLayers().length;
      const expected = 2 * model.config.depth.decoder!;
      model.dispose();
      return branches === expected ? undefined : 'another depth than its config says';
    },
  }),
];
