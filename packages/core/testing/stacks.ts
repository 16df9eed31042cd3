import * as tf from '@tensorflow/tfjs';
import type { FullConfig } from '../src/models/fromConfig';
import type { ModelOptions } from '../src/models/model';
import { admin } from '../src/residual/methods/admin';
import { postLN } from '../src/residual/methods/postLN';
import { preLN } from '../src/residual/methods/preLN';

export const sizes = { width: 8, heads: 2, feedForward: 12 };
export const words = { words: { vocabulary: 9 } };

export const ids = (rows: number[][]): tf.Tensor2D =>
  tf.tensor2d(rows, [rows.length, rows[0]!.length], 'int32');

/** Two sentences, the second with pads. */
export const text = (): tf.Tensor2D =>
  ids([
    [3, 4, 5, 2],
    [6, 2, 1, 1],
  ]);

/** A config as it comes back from JSON. */
export const copied = <Config extends FullConfig>(config: Config): Config =>
  JSON.parse(JSON.stringify(config)) as Config;

/** Two encoders of other methods, and a decoder that reads both. */
export const twoEncoders: ModelOptions = {
  ...sizes,
  embeddings: { ...words, pixels: { vocabulary: 5 }, written: 'words' },
  stacks: {
    text: { depth: 2, method: admin(), embedding: 'words' },
    image: { depth: 1, method: preLN(), embedding: 'pixels' },
    writer: { depth: 2, method: postLN(), causal: true, reads: ['text', 'image'], embedding: 'written' },
  },
  output: 'written',
};
