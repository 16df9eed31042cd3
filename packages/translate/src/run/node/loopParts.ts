import type { Profile } from '@steadyformer/admin-init';
import type { MovingAverage, RuleConfig } from '@steadyformer/core';
import type { CheckpointSeries } from '../../checkpoint/node/checkpointSeries';
import type { TokenBatch } from '../../data/batch';
import type { Settings } from '../../settings/settings';
import type { TokenModel } from '../../training/modelKinds';
import type { OuterLearner } from '../../training/outerLearner';
import type { Ranks } from '../../training/ranks';
import type { Trainer } from '../../training/trainer';
import type { RunEvent } from '../events';
import type { RunConfig } from '../runConfig';
import type { Task } from './task';

/** Tells an event: to the log, and to who asked for the run. */
export type Emit = (event: RunEvent) => Promise<void>;

/** What the loop works with. */
export interface LoopParts {
  readonly config: RunConfig;
  readonly task: Task;
  readonly trainer: Trainer<TokenModel, TokenBatch>;
  readonly rule: RuleConfig;
  readonly average?: MovingAverage;
  readonly profile?: Profile;
  readonly series: CheckpointSeries;
  readonly signal: AbortSignal;
  /** Whether this process, or any of the ranks, is asked to stop. */
  readonly isAborted: () => Promise<boolean>;
  readonly ranks?: Ranks;
  /** Makes the outer steps, where the config asks for them. */
  readonly outer?: OuterLearner;
  readonly emit: Emit;
  /** What the checkpoint that the run goes on from kept of the loop. */
  readonly resumed?: Settings;
}
