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
export type { JsonLinesLogOptions } from '../log/node/jsonLinesLog';
export { JsonLinesLog } from '../log/node/jsonLinesLog';
export type { LogEvent, LogRecord } from '../log/node/logRecord';
export { readJsonLinesLog } from '../log/node/readJsonLinesLog';
export type { TensorBoardOptions } from '../log/node/tensorBoardWriter';
export { TensorBoardWriter } from '../log/node/tensorBoardWriter';
export type { FileFingerprint } from '../run/node/fingerprint';
export { fingerprintFiles } from '../run/node/fingerprint';
export type { RunLock } from '../run/node/runLock';
export { lockRun } from '../run/node/runLock';
export type { RunRecord } from '../run/node/runRecord';
export { readRunRecord, writeRunRecord } from '../run/node/runRecord';
export type { RunStart } from '../run/node/runStart';
export { runStart } from '../run/node/runStart';
export { openText } from '../text/node/openText';
export type { OneFile, PairOfFiles, ParallelFiles } from '../text/node/readParallelFiles';
export { loadParallelFiles, readParallelFiles } from '../text/node/readParallelFiles';
export type { TranslationReplicasOptions } from './replicas';
export { translationReplicas } from './replicas';
export { serveTranslationReplica } from './serveTranslationReplica';
