import { anyRecord, fields, type MovingAverageState, parseAs, whole } from '@steadyformer/core';
import * as v from 'valibot';
import { listOf, needed, type SchemasOf } from '../checks/schemas';
import type { BatchPosition } from '../data/epochs';
import type { Settings } from '../settings/settings';
import type { LearnerState } from './learner';

/** Options of `Trainer.restore`. */
export interface RestoreOptions {
  /**
   * Settings that may differ from those the state was saved with, by the paths that the error names: 'seed',
   * 'batches.maxTokens', or 'batches' for all of them. Default none.
   */
  readonly accept?: readonly string[];
}

/** What a checkpoint needs to go on exactly, beside the weights. */
export interface TrainerState {
  readonly position: BatchPosition;
  readonly optimizer: LearnerState;
  /** The moving average of the weights, where the trainer had one. */
  readonly average?: MovingAverageState;
  /** What it was trained with; absent in checkpoints of earlier releases. */
  readonly settings?: Settings;
}

/** A place in the data: batches before it are done. */
export const position = (): v.GenericSchema<BatchPosition> =>
  fields({ epoch: whole(0), index: whole(0) } satisfies SchemasOf<BatchPosition>);

const restoreFields = () =>
  fields({
    accept: v.optional(
      listOf<string>('a list of paths of settings', (path) => typeof path === 'string'),
      [],
    ),
  } satisfies SchemasOf<RestoreOptions>);

const stateFields = () =>
  fields({
    position: needed(position()),
    // What it holds is for the learner to check.
    optimizer: needed(anyRecord('{ updates, m, v }')),
    average: v.optional(anyRecord('{ updates, values }')),
    settings: v.optional(anyRecord()),
    /** A checkpoint's \`training\` is a state as well. */
    rule: v.optional(anyRecord()),
    run: v.optional(anyRecord()),
  } satisfies SchemasOf<TrainerState & { readonly rule: unknown; readonly run: unknown }>);

/** The arguments of \`restore\`, checked. */
export const restoreArguments = (
  state: TrainerState,
  options: RestoreOptions,
): { readonly position: BatchPosition; readonly accept: readonly string[] } => {
  const { accept } = parseAs(restoreFields(), options, 'restore()');
  return { position: parseAs(stateFields(), state, 'restore() state').position, accept };
};
