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
export { loadTranslator } from '../decoding/node/loadTranslator';
export type { TensorBoardOptions } from '../log/node/tensorBoardWriter';
export { TensorBoardWriter } from '../log/node/tensorBoardWriter';
export { openText } from '../text/node/openText';
export type { OneFile, PairOfFiles, ParallelFiles } from '../text/node/readParallelFiles';
export { loadParallelFiles, readParallelFiles } from '../text/node/readParallelFiles';
export type { TranslationReplicasOptions } from './replicas';
export { translationReplicas } from './replicas';
export { serveTranslationReplica } from './serveTranslationReplica';
