import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leftovers } from '../../testing/backends';
import { maxError, noise, read } from '../../testing/numbers';
import { selectBackend } from '../backend/select';
import { admin } from '../residual/methods/admin';
import { tFixup } from '../residual/methods/tFixup';
import { Encoder, type EncoderOptions, encoder, encoderConfig } from './encoder';
import { type ModelParts, modelParts } from './parts';

const options: EncoderOptions = { width: 8, heads: 2, feedForward: 16, depth: 2, method: admin() };

beforeAll(async () => {
  await selectBackend('wasm');
});

describe('Encoder', () => {
  it('does not see pads, and leaves no tensor', () => {
    const before = tf.memory().numTensors;
    const model = encoder({ ...options, vocabulary: 9 }, 2);
    const padded = tf.tensor2d([4, 5, 2, 1, 1], [1, 5], 'int32');
    const bare = tf.tensor2d([4, 5, 2], [1, 3], 'int32');
    const [one, two] = [model.call(padded), model.call(bare)];
    expect(maxError(read(one).slice(0, 24), read(two))).toBeLessThan(1e-5);
    const logits = model.logits(two);
    expect(logits.shape).toEqual([1, 3, 9]);
    const { encoder: mask } = model.tokenMasks(padded);
    expect(read(mask!)).toEqual([1, 1, 1, 0, 0]);
    expect(leftovers(() => model.call(padded))).toBe(0);
    tf.dispose([padded, bare, one, two, logits, mask!]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes a stream where it has no embedding, as its stack alone does', () => {
    const model = encoder(options);
    const x = tf.tensor3d(noise(24, 1), [1, 3, 8]);
    const [whole, stack] = [model.call(x), model.encoder.call(x, { path: 'encoder' })];
    expect(whole.shape).toEqual([1, 3, 8]);
    expect(read(whole)).toEqual(read(stack));
    expect(model.tokenMasks(x)).toEqual({});
    expect(() => model.call(tf.tensor2d([3, 4], [1, 2], 'int32'))).toThrow('the model has no embedding');
    expect(() => model.logits(whole)).toThrow('the model has no embedding');
    tf.dispose([x, whole, stack]);
    model.dispose();
  });

  it('by its constructor knows the usual block alone, and all with the parts of a model', () => {
    const build = (own: Partial<EncoderOptions>, parts?: ModelParts): Encoder => {
      const config = encoderConfig({ ...options, ...own });
      return new Encoder(config, { encoder: options.method }, parts && { parts });
    };
    const [bare, full] = [build({}), encoder(options)];
    const x = tf.tensor3d(noise(24, 1), [1, 3, 8]);
    expect(read(bare.call(x))).toEqual(read(full.call(x)));
    expect(() => build({ attentionPositions: 'rotary' })).toThrow(
      "attentionPositions: received 'rotary', allowed none. Build it by encoder() or fromConfig().",
    );
    const block = ['crossAttention', 'feedForward'];
    expect(() => build({ block })).toThrow("unknown module 'crossAttention'");
    const rotary = build({ attentionPositions: 'rotary' }, modelParts);
    expect(rotary.call(x).shape).toEqual([1, 3, 8]);
    expect(build({ block }, modelParts).call(x, { memory: x }).shape).toEqual([1, 3, 8]);
  });

  it('starts its embedding with the gain that its method asks for', () => {
    const [plain, scaled] = [options.method, tFixup()].map((method) =>
      encoder({ ...options, vocabulary: 9, method }, 2),
    );
    const table = read(plain!.embedding!.table.value).map((value) => value * 18 ** -0.25);
    expect(maxError(read(scaled!.embedding!.table.value), table)).toBeLessThan(1e-6);
  });

  it('has a table of its own for logits where asked', () => {
    const model = encoder({ ...options, vocabulary: 9, tiedEmbeddings: false });
    const paths = model.parameters().map(({ path }) => path);
    expect(paths.filter((path) => path.endsWith('mbedding.table'))).toEqual([
      'embedding.table',
      'outputEmbedding.table',
    ]);
    const x = tf.tensor2d(noise(8, 1), [1, 8]);
    const logits = model.logits(x);
    const table = model.outputEmbedding!.table.value;
    expect(maxError(read(logits), read(tf.matMul(x, table, false, true)))).toBeLessThan(1e-6);
    expect(encoder({ ...options, vocabulary: 9 }).parameters()).toHaveLength(paths.length - 1);
    expect(() => encoder({ ...options, tiedEmbeddings: false })).toThrow(
      'received tiedEmbeddings, but no vocabulary to embed',
    );
  });

  it('refuses options it does not know', () => {
    expect(() => encoder({ ...options, hedas: 2 } as EncoderOptions)).toThrow(
      "Encoder: unknown option 'hedas', did you mean 'heads'?",
    );
  });
});
