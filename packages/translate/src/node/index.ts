export type { CheckpointSummary } from '../checkpoint/node/checkpointFolder';
export { inspectCheckpoint, loadCheckpoint, saveCheckpoint } from '../checkpoint/node/checkpointFolder';
export { loadTranslator } from '../decoding/node/loadTranslator';
export { openText } from '../text/node/openText';
export type { OneFile, PairOfFiles, ParallelFiles } from '../text/node/readParallelFiles';
export { loadParallelFiles, readParallelFiles } from '../text/node/readParallelFiles';
export type { TranslationReplicasOptions } from './replicas';
export { translationReplicas } from './replicas';
export { serveTranslationReplica } from './serveTranslationReplica';
