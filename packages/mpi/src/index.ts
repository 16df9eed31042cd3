export { MpiError } from './checks/errors';
export type { MpiOptions } from './checks/options';
export { init, isLaunched, localRank } from './ranks/init';
export type { Numbers, Operation, Sendable } from './ranks/kinds';
export type { Mpi, ReduceScatter } from './ranks/mpi';
