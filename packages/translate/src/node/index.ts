export type { CheckpointSummary } from './checkpointFolder';
export { inspectCheckpoint, loadCheckpoint, saveCheckpoint } from './checkpointFolder';
export { openText } from './data/openText';
export type { OneFile, PairOfFiles, ParallelFiles } from './data/readParallelFiles';
export { loadParallelFiles, readParallelFiles } from './data/readParallelFiles';
export { loadTranslator } from './loadTranslator';
export type { TranslationReplicasOptions } from './replicas';
export { translationReplicas } from './replicas';
export { serveTranslationReplica } from './serveTranslationReplica';
