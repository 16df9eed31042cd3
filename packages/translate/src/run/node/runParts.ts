import type { BackendChoice } from '@steadyformer/core';
import type { Checkpoint } from '../../checkpoint/checkpoint';
import type { CheckpointSeries, SkippedCheckpoint } from '../../checkpoint/node/checkpointSeries';
import type { RunConfig } from '../runConfig';
import type { RunRecord } from './runRecord';
import type { TrainOptions } from './trainOptions';

/** What a run is made of, once its folder is its own. */
export interface RunParts {
  readonly config: RunConfig;
  readonly series: CheckpointSeries;
  readonly backend: BackendChoice;
  readonly options: TrainOptions;
  /** What the folder holds of the run. */
  readonly before?: {
    readonly record: RunRecord;
    readonly latest?: {
      readonly checkpoint: Checkpoint;
      readonly folder: string;
      readonly skipped: readonly SkippedCheckpoint[];
    };
  };
}
