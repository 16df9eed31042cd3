import { candidates } from '#backends';
import type { BackendCandidate, BackendOptions } from './candidate';

/** The backends that `selectBackend` knows here, in the order in which it tries them. Loads none of them. */
export const backendCandidates = (options: BackendOptions = {}): readonly BackendCandidate[] =>
  candidates(options);
