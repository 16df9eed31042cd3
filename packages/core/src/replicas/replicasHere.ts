import { processesOf } from '../backend/capabilities';
import { check } from '../checks/errors';
import { sharesMemory } from './replica';

/** How replicas run on the active backend. */
export interface ReplicasHere {
  /** Threads where it computes in memory that they share, else processes. */
  readonly run: 'threads' | 'processes';
  /** One a device, where processes have devices of their own; undefined where any number can run. */
  readonly most: number | undefined;
}

/** How replicas run on the active backend, and how many can. */
export const replicasHere = (): ReplicasHere =>
  sharesMemory() ? { run: 'threads', most: undefined } : { run: 'processes', most: processesOf()?.devices };

/**
 * Checks a number of replicas.
 *
 * @throws SteadyformerError where the active backend has fewer devices
 */
export const checkReplicaCount = (count: number, what: string): void => {
  const { most = Number.POSITIVE_INFINITY } = replicasHere();
  const next = `Ask for ${most} at most; where the machine has more, name them in CUDA_VISIBLE_DEVICES.`;
  check(count <= most, what, count, `up to ${most}, one for each GPU that this process sees`, next);
};
