import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import type { Encoder, LanguageModel, Transformer } from '../src/index';
import { stateDict } from '../src/index';

export interface Fingerprint {
  /** SHA-256 of the paths, shapes and float32 bits of all parameters, in the model's own order. */
  readonly weights: string;
  /** Of the logits (or outputs, of a model of streams) for a fixed batch without dropout: their first numbers and SHA-256. */
  readonly first: readonly number[];
  readonly output: string;
}

const ids = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, [rows.length, rows[0]!.length], 'int32');

/** What a model answers to two sentences, the second with a pad at its end. */
const answer = (model: Transformer | LanguageModel | Encoder): tf.Tensor =>
  tf.tidy(() => {
    const [source, target] = [
      ids([
        [3, 4, 5, 2],
        [6, 2, 1, 1],
      ]),
      ids([
        [2, 7, 8],
        [2, 9, 1],
      ]),
    ];
    if ('encode' in model) return model.call({ source, target });
    if ('decode' in model) return model.call(target);
    if (model.config.vocabulary !== undefined) return model.logits(model.call(source));
    const { width } = model.config;
    const stream = Float32Array.from({ length: 6 * width }, (_, i) => Math.fround(Math.sin(i + 1)));
    return model.call(tf.tensor3d(stream, [2, 3, width]));
  });

/** What tells whether a model is the same to the bit: its weights, and what it answers. Disposes it. */
export const fingerprint = async (model: Transformer | LanguageModel | Encoder): Promise<Fingerprint> => {
  const weights = createHash('sha256');
  for (const [path, { shape, data }] of Object.entries(await stateDict(model))) {
    weights
      .update(`${path} ${shape.join()};`)
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const logits = answer(model);
  const values = Float32Array.from(await logits.data());
  const output = createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
  logits.dispose();
  model.dispose();
  return { weights: weights.digest('hex'), first: [...values.slice(0, 6)], output };
};
