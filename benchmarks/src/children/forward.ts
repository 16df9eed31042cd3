// The forward pass of core's encoder-decoder, without the output projection. Argument: JSON of ForwardOptions.
import { postLN, type Transformer, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { type BackendName, useBackend } from './backend';
import { serve } from './serve';
import { uniform } from './task';

/** One size of the work. */
export interface ForwardCase {
  readonly name: string;
  /** Blocks of each stack. */
  readonly depth: number;
  readonly sentences: number;
  /** Tokens of a sentence, on each side. */
  readonly time: number;
}

export interface ForwardOptions {
  readonly backend: BackendName;
  readonly fused: boolean;
  readonly width: number;
  readonly cases: readonly ForwardCase[];
}

const VOCABULARY = 100;
const { backend, fused, width, cases } = JSON.parse(process.argv[2]!) as ForwardOptions;

const modelOf = (depth: number): Transformer =>
  transformer({ vocabulary: VOCABULARY, padId: 1, width, heads: width / 64, depth, method: postLN() });

await serve(async () => ({
  versions: await useBackend(backend, fused),
  cases: Object.fromEntries(
    cases.map(({ name, depth, sentences, time }) => [
      name,
      () => {
        const model = modelOf(depth);
        const next = uniform(1);
        const numbers = Int32Array.from({ length: sentences * time }, () =>
          Math.floor(2 + next() * (VOCABULARY - 2)),
        );
        const ids = tf.tensor2d(numbers, [sentences, time], 'int32');
        return {
          step: async () => {
            const hidden = tf.tidy(() => model.decode(ids, model.encode(ids)));
            await hidden.data();
            hidden.dispose();
          },
          dispose: () => {
            model.dispose();
            ids.dispose();
          },
        };
      },
    ]),
  ),
}));
