import { describe, expect, it } from 'vitest';
import { filesOf, sourceOf } from './fixtures/checkpoints';
import type { PretrainedKind } from './model';
import { decodePretrained } from './source';

const rejected = (
  change: (files: Record<string, Uint8Array>) => void,
  kind: PretrainedKind = 'llama',
): (() => unknown) => {
  const files = filesOf(kind);
  change(files);
  return () => decodePretrained(files);
};
const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const PART = 'model-00002-of-00002.safetensors';

describe('decodePretrained', () => {
  it('widens 16-bit weights to float32', () => {
    expect(sourceOf('gpt2').tensors['transformer.wte.weight']!.data).toBeInstanceOf(Float32Array);
  });

  it.each<readonly [string, () => unknown, string]>([
    [
      'no config',
      rejected((files) => {
        delete files['config.json'];
      }),
      "the checkpoint has no config.json; it has 'model.safetensors.index.json'",
    ],
    [
      'no weights',
      rejected((files) => {
        delete files['model.safetensors.index.json'];
      }),
      'the checkpoint has no model.safetensors;',
    ],
    [
      'a part that is missing',
      rejected((files) => {
        delete files[PART];
      }),
      `the checkpoint has no ${PART}`,
    ],
    [
      'a truncated part',
      rejected((files) => {
        files[PART] = files[PART]!.subarray(0, 3000);
      }),
      PART,
    ],
    [
      'JSON that is none',
      rejected((files) => {
        files['config.json'] = new Uint8Array([123]);
      }),
      'config.json: it is not JSON',
    ],
    [
      'an index without a map',
      rejected((files) => {
        files['model.safetensors.index.json'] = text({});
      }),
      'model.safetensors.index.json: weight_map: received undefined',
    ],
    [
      'an index that leads elsewhere',
      rejected((files) => {
        files['model.safetensors.index.json'] = text({ weight_map: { a: '../a.safetensors' } });
      }),
      "weight_map: received '../a.safetensors', allowed names of .safetensors files beside it",
    ],
    [
      'one tensor in two parts',
      rejected((files) => {
        files[PART] = files['model-00001-of-00002.safetensors']!;
      }),
      "it holds 'model.embed_tokens.weight', as does model-00002-of-00002.safetensors",
    ],
  ])('refuses %s', (_, decode, message) => {
    expect(decode).toThrow(message);
  });
});
