export { averageCheckpoints } from '../checkpoint/averageCheckpoints';
export type { CheckpointSummary } from '../checkpoint/node/checkpointFolder';
export { inspectCheckpoint, loadCheckpoint, saveCheckpoint } from '../checkpoint/node/checkpointFolder';
export type {
  CheckpointSeriesOptions,
  SavedInSeries,
  SaveInSeriesOptions,
  SkippedCheckpoint,
} from '../checkpoint/node/checkpointSeries';
export { CheckpointSeries } from '../checkpoint/node/checkpointSeries';
export type { OpenShardsOptions, Shards } from '../data/node/openShards';
export { openShards } from '../data/node/openShards';
export type { ShardedBatchesOptions } from '../data/node/shardedBatches';
export { ShardedBatches } from '../data/node/shardedBatches';
export type { ShardCounts } from '../data/node/shardFile';
export type { ShardEntry } from '../data/node/shardManifest';
export type { EncodedPair, WriteShardsOptions } from '../data/node/writeShards';
export { writeShards } from '../data/node/writeShards';
export { loadTranslator } from '../decoding/node/loadTranslator';
export type { TensorBoardOptions } from '../log/node/tensorBoardWriter';
export { TensorBoardWriter } from '../log/node/tensorBoardWriter';
export { openText } from '../text/node/openText';
export type { OneFile, PairOfFiles, ParallelFiles } from '../text/node/readParallelFiles';
export { loadParallelFiles, readParallelFiles } from '../text/node/readParallelFiles';
export type { ChooseReplicasOptions, ChosenReplicas, MeasuredReplicas } from '../training/chooseReplicas';
export { chooseReplicas } from '../training/chooseReplicas';
export type {
  EarlyStopping,
  EarlyStoppingOptions,
  EarlyStoppingState,
  Validated,
} from '../training/earlyStopping';
export { earlyStopping } from '../training/earlyStopping';
export type {
  Divergence,
  GuardedUpdate,
  LossGuard,
  LossGuardOptions,
  LossGuardState,
  SeenUpdate,
} from '../training/lossGuard';
export { lossGuard } from '../training/lossGuard';
export type { Origin } from '../training/origin/findings';
export type { FindOriginOptions } from '../training/origin/findOrigin';
export { findOrigin } from '../training/origin/findOrigin';
export { tokenEntropy } from '../training/tokenEntropy';
export type { WatchedLearnerOptions, WatchedModel } from '../training/watchedLearner';
export { watchedLearner } from '../training/watchedLearner';
export type { LanguageModelReplicasOptions, TranslationReplicasOptions } from './replicas';
export { languageModelReplicas, translationReplicas } from './replicas';
export { serveLanguageModelReplica, serveTranslationReplica } from './serveTranslationReplica';
