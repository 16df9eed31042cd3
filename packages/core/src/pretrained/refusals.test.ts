import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { sourceOf } from './fixtures/checkpoints';
import { fromPretrained } from './fromPretrained';
import type { PretrainedKind } from './model';
import type { PretrainedSource } from './source';

const ids = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');

type Change = (source: {
  config: Record<string, unknown>;
  tensors: Record<string, PretrainedSource['tensors'][string]>;
}) => void;

describe('fromPretrained refuses', () => {
  it.each<readonly [PretrainedKind, string, Change, string]>([
    [
      'gpt2',
      'another architecture',
      ({ config }) => {
        config.model_type = 'mistral';
      },
      "config.json: model_type: received 'mistral', allowed 'gpt2', 'bert', 'llama', 'marian'. Load one of these, or build the model from Stack",
    ],
    [
      'gpt2',
      'a name that every object has',
      ({ config }) => {
        config.model_type = 'constructor';
      },
      "model_type: received 'constructor'",
    ],
    [
      'gpt2',
      'a size that is missing',
      ({ config }) => {
        delete config.n_embd;
      },
      'config.json.n_embd: received undefined, allowed whole numbers >= 1.',
    ],
    [
      'gpt2',
      'scores scaled by layer',
      ({ config }) => {
        config.scale_attn_by_inverse_layer_idx = true;
      },
      'config.json.scale_attn_by_inverse_layer_idx: received true, allowed false. Load another checkpoint',
    ],
    [
      'gpt2',
      'an activation that is not known',
      ({ config }) => {
        config.activation_function = 'mish';
      },
      "config.json.activation_function: received 'mish', allowed 'relu', 'silu'",
    ],
    [
      'llama',
      'stretched turns',
      ({ config }) => {
        config.rope_parameters = { rope_type: 'llama3', rope_theta: 500, factor: 8 };
      },
      "config.json.rope_parameters.rope_type: received 'llama3', allowed 'default'.",
    ],
    [
      'llama',
      'stretched turns of old files',
      ({ config }) => {
        config.rope_scaling = { type: 'linear', factor: 2 };
      },
      "config.json.rope_scaling.type: received 'linear', allowed 'default'.",
    ],
    [
      'llama',
      'quantised weights',
      ({ config }) => {
        config.quantization_config = { bits: 4 };
      },
      'config.json.quantization_config: received {"bits":4}, allowed nothing: quantised weights are not read.',
    ],
    [
      'bert',
      'relative positions',
      ({ config }) => {
        config.position_embedding_type = 'relative_key';
      },
      "config.json.position_embedding_type: received 'relative_key', allowed 'absolute'.",
    ],
    [
      'marian',
      'norms before',
      ({ config }) => {
        config.normalize_before = true;
      },
      'config.json.normalize_before: received true, allowed false.',
    ],
    [
      'gpt2',
      'a tensor that is missing',
      ({ tensors }) => {
        delete tensors['transformer.h.1.ln_2.bias'];
      },
      "model.safetensors: it has no tensor 'transformer.h.1.ln_2.bias'. The file is damaged, or belongs to another config.json.",
    ],
    [
      'llama',
      'a tensor of another shape',
      ({ tensors }) => {
        tensors['model.norm.weight'] = { shape: [8], data: new Float32Array(8) };
      },
      "'model.norm.weight' has the shape [8], by config.json it is [16].",
    ],
    [
      'bert',
      'tensors left over',
      ({ config }) => {
        config.num_hidden_layers = 1;
      },
      "model.safetensors: 16 of its tensors are none of a BERT of this config.json, such as 'bert.encoder.layer.1.attention.output.LayerNorm.bias'.",
    ],
    [
      'gpt2',
      'more layers than there are',
      ({ config }) => {
        config.n_layer = 1e9;
      },
      "it has no tensor 'transformer.h.2.ln_1.weight'.",
    ],
    [
      'gpt2',
      'heads that do not divide the width',
      ({ config }) => {
        config.n_head = 3;
      },
      'self-attention heads: received 3, allowed divisors of the width 16',
    ],
  ])('%s with %s', async (kind, _, change, message) => {
    const { config, tensors } = sourceOf(kind);
    const source = { config: { ...config } as Record<string, unknown>, tensors: { ...tensors } };
    change(source);
    const before = tf.memory().numTensors;
    await expect(fromPretrained(source)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('what is no checkpoint', async () => {
    await expect(fromPretrained({ tensors: {} } as never)).rejects.toThrow(
      'fromPretrained() config: received undefined, allowed what config.json holds',
    );
  });

  it('batches of another kind, and sentences longer than its positions', async () => {
    const model = await fromPretrained(sourceOf('gpt2'));
    const long = ids([Array.from({ length: 13 }, () => 4)]);
    expect(() => model.call(long)).toThrow(
      'tokens in a sentence: received 13, allowed up to the 12 positions of the checkpoint.',
    );
    expect(() => model.call({ source: long, target: long })).toThrow(
      'batch of a pretrained model: received no ids',
    );
    long.dispose();
    model.dispose();
  });
});
