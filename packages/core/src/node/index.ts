export type { Sums } from '../replicas/protocol';
export type { ReplicaModel, SummedLoss } from '../replicas/replica';
export type { FileContent } from './atomicFile';
export { replaceFile, syncFolder, writeFileAtomic } from './atomicFile';
export type { ReducedGradient, ReplicasOptions } from './replicas';
export { Replicas } from './replicas';
export type { ReadSafetensorsOptions, WrittenFile } from './safetensorsFile';
export { readSafetensors, writeSafetensors } from './safetensorsFile';
export { serveReplica } from './serveReplica';
