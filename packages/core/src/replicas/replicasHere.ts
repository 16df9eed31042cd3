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

/** Most where no devices bound them: more than any machine has processors, and fewer than would end it. */
const MOST = 1024;

/**
 * Checks a number of replicas.
 *
 * @throws SteadyformerError where the active backend has fewer devices, and on more than 1,024
 */
export const checkReplicaCount = (count: number, what: string): void => {
  const { most } = replicasHere();
  const next = `Ask for ${most} at most; where the machine has more, name them in CUDA_VISIBLE_DEVICES.`;
  if (most === undefined) check(count <= MOST, what, count, `up to ${MOST}`);
  else check(count <= most, what, count, `up to ${most}, one for each GPU that this process sees`, next);
};
