import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leftovers } from '../../testing/backends';
import { read } from '../../testing/numbers';
import { selectBackend } from '../backend/select';
import { admin } from '../residual/methods/admin';
import { adminConstant } from '../residual/methods/adminConstant';
import { postLN } from '../residual/methods/postLN';
import { preLN } from '../residual/methods/preLN';
import { fromConfig } from './fromConfig';
import {
  type TransformerConfig,
  type TransformerOptions,
  transformer,
  transformerConfig,
} from './transformer';

const sizes = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1 };
const options: TransformerOptions = { ...sizes, method: postLN() };
const batch = () => ({
  source: tf.tensor2d([3, 4, 2], [1, 3], 'int32'),
  target: tf.tensor2d([2, 6], [1, 2], 'int32'),
});

beforeAll(async () => {
  await selectBackend('wasm');
});

describe('transformerConfig', () => {
  it('fills in the defaults', () => {
    expect(transformerConfig(options)).toEqual({
      kind: 'transformer',
      ...{ vocabulary: 9, padId: 1, width: 8, heads: 2, feedForward: 32, activation: 'relu' },
      encoder: { depth: 1, method: { name: 'postLN', options: {} } },
      decoder: { depth: 1, method: { name: 'postLN', options: {} } },
      dropout: { residual: 0, attention: 0, activation: 0 },
      tiedEmbeddings: true,
      positions: { kind: 'sinusoidal' },
    });
  });

  it('takes a depth and a method for each stack', () => {
    const { encoder, decoder } = transformerConfig({
      ...options,
      depth: { encoder: 3, decoder: 2 },
      method: { encoder: admin({ shape: 'scalar' }), decoder: preLN() },
    });
    expect(encoder).toEqual({ depth: 3, method: { name: 'admin', options: { shape: 'scalar' } } });
    expect(decoder).toEqual({ depth: 2, method: { name: 'preLN', options: {} } });
  });

  it.each<[Partial<Record<keyof TransformerOptions | string, unknown>>, string]>([
    [{ hieght: 3 }, "Transformer: unknown option 'hieght'"],
    [
      { dropout: { residul: 0.1 } },
      "Transformer dropout: unknown option 'residul', did you mean 'residual'?",
    ],
    [{ dropout: { residual: 1 } }, 'Transformer dropout.residual: received 1'],
    [
      { depth: { encoder: 1, decodr: 1 } },
      "Transformer depth: unknown option 'decodr', did you mean 'decoder'?",
    ],
    [{ method: { encoder: postLN(), decodr: postLN() } }, "Transformer method: unknown option 'decodr'"],
    [{ width: 0 }, 'Transformer width: received 0'],
    [{ vocabulary: 2.5 }, 'Transformer vocabulary: received 2.5'],
    [{ padId: -1 }, 'Transformer padId: received -1'],
  ])('%j is an error', (own, message) => {
    expect(() => transformerConfig({ ...options, ...own } as TransformerOptions)).toThrow(message);
  });
});

describe('a model from its JSON config', () => {
  it.each([
    [{ method: admin() }],
    [{ method: adminConstant({ target: 'constant' }), tiedEmbeddings: false }],
    [{ method: { encoder: postLN(), decoder: preLN() }, positions: { kind: 'learned', length: 4 } as const }],
    [{ method: preLN(), activation: 'gelu' as const, feedForward: 12 }],
  ])('has the same weights from the same seed, and the same function (%#)', (own) => {
    const model = transformer({ ...options, ...own }, 5);
    const config = JSON.parse(JSON.stringify(model.config)) as TransformerConfig;
    const again = fromConfig(config, { seed: 5 });
    expect(again.config).toEqual(model.config);
    expect(again.parameters().map(({ path }) => path)).toEqual(model.parameters().map(({ path }) => path));
    const input = batch();
    const [one, two] = [model.call(input), again.call(input)];
    expect(read(two)).toEqual(read(one));
    tf.dispose([input.source, input.target, one, two]);
    model.dispose();
    again.dispose();
  });

  const config = transformerConfig(options);
  it.each<[object, string]>([
    [{ ...config, hedas: 2 }, "config: unknown option 'hedas', did you mean 'heads'?"],
    [{ ...config, heads: undefined, dropout: {} }, 'config.dropout: missing residual, attention, activation'],
    [
      { ...config, encoder: { depht: 1, method: { name: 'postLN' } } },
      "config.encoder: unknown option 'depht'",
    ],
    [
      { ...config, decoder: { depth: 1, method: { nmae: 'postLN' } } },
      "config.decoder.method: unknown option 'nmae'",
    ],
    [Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'padId')), 'config: missing padId'],
    [{ ...config, encoder: { depth: 1, method: { name: 'postNL' } } }, "did you mean 'postLN'?"],
    [{ ...config, heads: 3 }, 'self-attention heads: received 3, allowed divisors of the width 8'],
    [{ ...config, activation: 'tanh' }, "feed-forward activation: received 'tanh'"],
  ])('with a mistake is an error (%#)', (wrong, message) => {
    expect(() => fromConfig(wrong as TransformerConfig)).toThrow(message);
  });
});

describe('public calls of a Transformer', () => {
  it('leave no tensor, and dispose frees all', () => {
    const before = tf.memory().numTensors;
    const model = transformer({ ...options, method: admin(), tiedEmbeddings: false });
    const input = batch();
    expect(leftovers(() => model.call(input))).toBe(0);
    expect(leftovers(() => ({ ...model.tokenMasks(input) }))).toBe(0);
    const memory = model.encode(input.source);
    expect(leftovers(() => ({ ...model.encode(input.source) }))).toBe(0);
    expect(leftovers(() => model.decode(input.target, memory))).toBe(0);
    tf.dispose({ ...memory });
    tf.dispose([input.source, input.target]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('tell real tokens from pads', () => {
    const model = transformer(options);
    const source = tf.tensor2d([3, 1, 2, 1], [2, 2], 'int32');
    const { encoder, decoder } = model.tokenMasks({ source, target: source });
    expect(read(encoder!)).toEqual([1, 0, 1, 0]);
    expect(read(decoder!)).toEqual([1, 0, 1, 0]);
    tf.dispose([source, encoder!, decoder!]);
    model.dispose();
  });
});
