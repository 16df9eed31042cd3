export { loadCheckpoint, saveCheckpoint } from './checkpointFolder';
export type { OneFile, PairOfFiles, ParallelFiles } from './data/readParallelFiles';
export { loadParallelFiles, readParallelFiles } from './data/readParallelFiles';
