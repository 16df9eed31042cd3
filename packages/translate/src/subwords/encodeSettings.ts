import { callback, fields, invalidArgument, parseAs, type RandomStream, rate } from '@steadyformer/core';
import * as v from 'valibot';
import { checkNoEffect } from '../checks/combinations';
import { randomSource } from '../checks/objects';
import type { SchemasOf } from '../checks/schemas';

/** Options of `Bpe.encode`. */
export interface EncodeOptions {
  /** Rate of BPE-dropout, for training. Default 0. */
  readonly dropout?: number;
  /** Source of the draws of BPE-dropout; wanted where `dropout` is above 0. */
  readonly random?: RandomStream;
  /** Told every character that is not in the vocabulary, as it is met. */
  readonly onUnknown?: (character: string) => void;
}

const optionFields = () =>
  fields({
    dropout: v.optional(rate()),
    random: v.optional(randomSource()),
    onUnknown: v.optional(callback<(character: string) => void>()),
  } satisfies SchemasOf<EncodeOptions>);

/** Made once: a corpus asks for it at every sentence. */
let schema: ReturnType<typeof optionFields> | undefined;

/**
 * The options of `encode` and `encodeCorpus`, checked.
 *
 * @throws SteadyformerError on dropout without `random`, and on `random` without dropout, which would be ignored
 */
export const encodeSettings = (options: EncodeOptions, where: string): EncodeOptions => {
  schema ??= optionFields();
  const { dropout, random, onUnknown } = parseAs(schema, options, where);
  if (dropout === undefined) checkNoEffect(where, options, ['random'], 'without dropout');
  if (dropout && !random) {
    throw invalidArgument({
      what: `${where} random`,
      received: random,
      allowed: 'a RandomStream where dropout > 0',
    });
  }
  return {
    ...(dropout && random ? { dropout, random } : {}),
    ...(onUnknown ? { onUnknown } : {}),
  };
};
