import { callback, fields, flag, isRecord, parseAs, such } from '@steadyformer/core';
import * as v from 'valibot';
import { checkOwnParts, type OwnParts } from '../../checks/ownParts';
import type { SchemasOf } from '../../checks/schemas';
import { SPECIAL_TOKENS } from '../../subwords/special';
import type { RunEvent } from '../events';

/** Tokens of the vocabulary, the special ones included; of each side where there are two. */
export type VocabularySize = number | { readonly source: number; readonly target: number };

/** Options of a run that is planned and not made. */
export interface PlanOptions {
  /** Residual methods and branches of your own that the config names. */
  readonly own?: OwnParts;
  /** Where they are used with several replicas: a module that calls `serveTranslationReplica` with them. */
  readonly entry?: URL;
  /** Told how the plan goes on, as by `train`. An exception of it ends the call. */
  readonly onEvent?: (event: RunEvent) => void;
  /**
   * Plans without data, for a vocabulary of so many tokens: no file is read, and nothing profiled or measured. Default:
   * the data is read.
   */
  readonly vocabularySize?: VocabularySize;
  /** Measures the gradient of one sentence as well, which `planRanks` reckons with. Default false. */
  readonly parts?: boolean;
}

/** More ids than float32 tells apart have no vocabulary. */
const MOST = 2 ** 24;

const isSize = (value: unknown): boolean =>
  Number.isSafeInteger(value) && Number(value) > SPECIAL_TOKENS.length && Number(value) <= MOST;

const optionFields = () =>
  fields({
    own: v.optional(v.custom<OwnParts>(() => true)),
    entry: v.optional(
      such<URL>('a URL, such as new URL(file, import.meta.url)', (value) => value instanceof URL),
    ),
    onEvent: v.optional(callback<(event: RunEvent) => void>()),
    parts: v.optional(flag(), false),
    vocabularySize: v.optional(
      such<VocabularySize>(
        `whole numbers from ${SPECIAL_TOKENS.length + 1} to ${MOST}, or { source, target } of these`,
        (value) =>
          isSize(value) ||
          (isRecord(value) &&
            Object.keys(value).length === 2 &&
            isSize(value.source) &&
            isSize(value.target)),
      ),
    ),
  } satisfies SchemasOf<PlanOptions>);

/** The options, checked. */
export const planOptions = (options: PlanOptions): PlanOptions => {
  const given = parseAs(optionFields(), options, 'planRun()') as PlanOptions;
  checkOwnParts('planRun() own', given.own ?? {});
  return given;
};
