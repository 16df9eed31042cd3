export type { CheckpointSummary } from '../checkpoint/node/checkpointFolder';
export { inspectCheckpoint, loadCheckpoint, saveCheckpoint } from '../checkpoint/node/checkpointFolder';
export { openText } from '../data/node/openText';
export type { OneFile, PairOfFiles, ParallelFiles } from '../data/node/readParallelFiles';
export { loadParallelFiles, readParallelFiles } from '../data/node/readParallelFiles';
export { loadTranslator } from '../decoding/node/loadTranslator';
export type { TranslationReplicasOptions } from './replicas';
export { translationReplicas } from './replicas';
export { serveTranslationReplica } from './serveTranslationReplica';
