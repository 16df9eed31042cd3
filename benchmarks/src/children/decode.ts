// Decoding of sentences of random ids with core's encoder-decoder. Argument: JSON of DecodeOptions.
import { postLN, transformer } from '@steadyformer/core';
import { beamSearch, greedySearch, TransformerDecoder } from '@steadyformer/translate';
import { useBackend } from './backend';
import { serve } from './serve';
import { uniform } from './task';

/** One size of the work: every sentence gets `length` tokens, as a model without training hardly ever ends one. */
export interface DecodeSize {
  readonly width: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly depth: number;
  readonly vocabulary: number;
  readonly sentences: number;
  readonly sourceTokens: number;
  readonly length: number;
}

export interface DecodeCase {
  readonly name: string;
  /** 1: greedy search. */
  readonly beamSize: number;
  readonly sentences: number;
}

export interface DecodeOptions {
  readonly size: DecodeSize;
  readonly cases: readonly DecodeCase[];
}

const { size, cases } = JSON.parse(process.argv[2]!) as DecodeOptions;
const tokens: Record<string, number> = {};

await serve(async () => {
  const versions = await useBackend('onnxruntime', true);
  const { width, feedForward, heads, depth, vocabulary, sourceTokens, length } = size;
  const model = transformer({ vocabulary, padId: 1, width, heads, feedForward, depth, method: postLN() });
  return {
    versions,
    cases: Object.fromEntries(
      cases.map(({ name, beamSize, sentences }) => [
        name,
        () => {
          const next = uniform(1);
          const ids = Int32Array.from({ length: sentences * sourceTokens }, () =>
            Math.floor(4 + next() * (vocabulary - 4)),
          );
          const options = { eos: 2, forbidden: [0, 1], maxLength: length, minLength: length };
          return {
            step: async () => {
              const decoder = new TransformerDecoder(model, ids, [sentences, sourceTokens]);
              const best =
                beamSize === 1
                  ? await greedySearch(decoder, options)
                  : (await beamSearch(decoder, { ...options, beamSize })).map(([first]) => first!);
              tokens[name] = best.reduce((sum, found) => sum + found.ids.length, 0);
            },
          };
        },
      ]),
    ),
    facts: () => ({ tokens }),
  };
});
