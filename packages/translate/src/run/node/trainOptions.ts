import { callback, fields, parseAs, such } from '@steadyformer/core';
import * as v from 'valibot';
import { checkOwnParts, type OwnParts } from '../../checks/ownParts';
import { having, type SchemasOf } from '../../checks/schemas';
import type { Ranks } from '../../training/ranks';
import type { Ending, RunEvent, TestEvent } from '../events';

/** Options of `train`. */
export interface TrainOptions {
  /** Ends the run after the update at work, its state saved: `train` with the same config goes on from there. */
  readonly signal?: AbortSignal;
  /** Told how the run goes on. An exception of it ends the run. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Residual methods and branches of your own that the config names. */
  readonly own?: OwnParts;
  /** Where they are used with several replicas: a module that calls `serveTranslationReplica` with them. */
  readonly entry?: URL;
  /**
   * The ranks that train together, each on its part of every batch: `await init()` of `@steadyformer/mpi`. All of them call
   * `train` alike; rank 0 writes, and tells events. `train` finalizes them once training has ended. Default: this process alone.
   */
  readonly ranks?: Ranks;
}

/** What `train` gives. */
export interface TrainResult {
  readonly ending: Ending;
  readonly folder: string;
  /** Updates made, those of earlier processes too. */
  readonly update: number;
  /** The folder of the model to use, for `loadTranslator`; absent where the run was stopped or diverged. */
  readonly model?: string;
  /** The best metric of a validation: its loss, or BLEU. */
  readonly best?: number;
  readonly test?: TestEvent;
}

const optionFields = () =>
  fields({
    signal: v.optional(such<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal)),
    onEvent: v.optional(callback<(event: RunEvent) => void>()),
    own: v.optional(v.custom<OwnParts>(() => true)),
    entry: v.optional(
      such<URL>('a URL, such as new URL(file, import.meta.url)', (value) => value instanceof URL),
    ),
    ranks: v.optional(
      having<Ranks>(
        ['allReduce', 'broadcast', 'finalize'],
        'ranks, such as await init() of @steadyformer/mpi',
      ),
    ),
  } satisfies SchemasOf<TrainOptions>);

/** The options, checked. */
export const trainOptions = (options: TrainOptions): TrainOptions => {
  const given = parseAs(optionFields(), options, 'train()') as TrainOptions;
  checkOwnParts('train() own', given.own ?? {});
  return given;
};
