import type { Summary } from '@steadyformer/core';
import type { DataEvent } from './events';
import type { RunKind } from './runConfig';

/** What a run would do and cost, as plain JSON; `planText` prints it. */
export interface RunPlan {
  readonly kind: RunKind;
  readonly output: string;
  /** What computes, and why. */
  readonly backend: string;
  readonly vocabulary: PlannedVocabulary;
  /** Absent where the plan was made without data. */
  readonly data?: PlannedData;
  /** Its layers, parameters and what they start at; omegas as they are after the profile, where there was one. */
  readonly model: Summary;
  readonly training: PlannedTraining;
  /** Absent where the plan was made without data. */
  readonly measured?: MeasuredUpdates;
  readonly memory: PlannedMemory;
  readonly disk: PlannedDisk;
  /** What a reader has to know beside the numbers. */
  readonly notes: readonly string[];
}

/** The vocabulary of a planned run. */
export interface PlannedVocabulary {
  readonly source: number;
  readonly target: number;
  readonly shared: boolean;
  /** Learned from the training text, read from a file, or a size that was given. */
  readonly from: 'learned' | 'file' | 'size';
}

/** The training text of a planned run. */
export interface PlannedData extends Omit<DataEvent, 'event'> {
  /** Of the training text in one epoch, ends of sentences included. */
  readonly tokens: { readonly source: number; readonly target: number };
  /** Share of the positions of its batches that only fill them up. */
  readonly padding: number;
}

/** The updates of a planned run. */
export interface PlannedTraining {
  /** Updates that are made: those of the config, or those of its epochs where these end first. */
  readonly updates: number;
  /** Times through the text that this is, and updates of one. */
  readonly epochs?: number;
  readonly updatesAnEpoch?: number;
  /** Target tokens of a mean update. */
  readonly tokensAnUpdate?: number;
  /** The learning rate of the first update, of the end of the warm-up where there is one, and of the last. */
  readonly rates: readonly { readonly update: number; readonly rate: number }[];
}

/** Two updates that were really made, one batch each. */
export interface MeasuredUpdates {
  readonly replicas: number;
  /** The first took the largest batch and holds what is done only once; the second one's batch is a typical one. */
  readonly updates: readonly MeasuredUpdate[];
  /** Target tokens, by the second. */
  readonly tokensPerSecond: number;
  /** Of a mean update of the run: as many batches as it accumulates. */
  readonly secondsAnUpdate: number;
  /** Of all updates; validation, checkpoints and the test come on top. */
  readonly seconds: number;
  /** Of the gradient of one sentence of the second batch. Absent where it was not asked for. */
  readonly sentenceSeconds?: number;
  /** The most memory that this process has had so far, in bytes. */
  readonly peakBytes: number;
}

/** One update of a plan that was measured. */
export interface MeasuredUpdate {
  /** Rows and tokens a row, of each side. */
  readonly source: readonly [number, number];
  readonly target: readonly [number, number];
  /** Target tokens. */
  readonly tokens: number;
  /** Of loss and gradient, and of the optimizer. */
  readonly gradientSeconds: number;
  readonly stepSeconds: number;
  /** Null where they are not finite. */
  readonly loss: number | null;
  readonly gradientNorm: number | null;
}

/** Bytes. */
export interface PlannedMemory {
  readonly parameters: number;
  /** Two moments and the gradient of what is trained, and a moving average where there is one. */
  readonly optimizer: number;
  /** With the largest batch, text and program: what was measured. Absent where the plan was made without data. */
  readonly peak?: number;
}

/** Bytes. */
export interface PlannedDisk {
  readonly checkpoint: number;
  /** Checkpoints that lie there at once, at most: the newest, the best, those kept for good, and one being written. */
  readonly checkpoints: number;
  /** All of these and the model. */
  readonly total: number;
}
