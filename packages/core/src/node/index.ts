export type { ReducedGradient, ReplicasOptions } from '../replicas/node/replicas';
export { Replicas } from '../replicas/node/replicas';
export { serveReplica } from '../replicas/node/serveReplica';
export type { Sums } from '../replicas/protocol';
export type { ReplicaModel, SummedLoss } from '../replicas/replica';
export type { FileContent } from '../state/node/atomicFile';
export { replaceFile, syncFolder, writeFileAtomic } from '../state/node/atomicFile';
export type { ReadSafetensorsOptions, WrittenFile } from '../state/node/safetensorsFile';
export { readSafetensors, writeSafetensors } from '../state/node/safetensorsFile';
