export type { Sums } from '../replicas/protocol';
export type { ReplicaModel, SummedLoss } from '../replicas/replica';
export type { ReducedGradient, ReplicasOptions } from './replicas';
export { Replicas } from './replicas';
export { readSafetensors, writeSafetensors } from './safetensorsFile';
export { serveReplica } from './serveReplica';
