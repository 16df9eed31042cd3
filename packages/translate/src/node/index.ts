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
export type { DropoutBatchesOptions } from '../data/dropoutBatches';
export { DropoutBatches } from '../data/dropoutBatches';
export type { DropoutTextBatchesOptions } from '../data/dropoutTextBatches';
export { DropoutTextBatches } from '../data/dropoutTextBatches';
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
export type { TextFileOptions } from '../text/node/readTextFile';
export { loadTextFile, readTextFile } from '../text/node/readTextFile';
export type { SplitCorpus, SplitCorpusOptions, SplitReport } from '../text/splitCorpus';
export { splitCorpus } from '../text/splitCorpus';
export type { HeldOut } from '../text/splitOptions';
export type { SplitText } from '../text/splitText';
export { splitText } from '../text/splitText';
export type { TranslationReplicasOptions } from './replicas';
export { translationReplicas } from './replicas';
export { serveTranslationReplica } from './serveTranslationReplica';
