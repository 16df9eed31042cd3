import { availableParallelism } from 'node:os';
import { VISIBLE, visibleDevices } from '../gpu/visible';

/** What Steadyformer's core asks of a backend about several processes of one program, such as replicas. */
export interface Processes {
  /** How many devices there are for them, one each; undefined on a CPU, which they share. */
  readonly devices: number | undefined;
  /** Environment variables that process `rank` of `count` starts with: TensorFlow reads them as it loads. */
  environment(rank: number, count: number): Readonly<Record<string, string>>;
}

const THREADS = 'TF_NUM_INTRAOP_THREADS';

/**
 * A GPU for each, or a share of the processors, unless the user has said how many threads.
 *
 * @param devices of them, in the user's order; looked for when asked for
 */
export const processesOn = (
  gpu: boolean,
  devices: () => readonly string[] = () => visibleDevices(process.env[VISIBLE]),
): Processes => {
  if (!gpu) {
    return {
      devices: undefined,
      environment: (_, count) =>
        process.env[THREADS] === undefined
          ? { [THREADS]: String(Math.max(1, Math.floor(availableParallelism() / count))) }
          : {},
    };
  }
  let found: readonly string[] | undefined;
  const all = (): readonly string[] => {
    found ??= devices();
    // TensorFlow runs on one, whatever could not be asked.
    return found.length > 0 ? found : ['0'];
  };
  return {
    get devices() {
      return all().length;
    },
    environment: (rank) => ({ [VISIBLE]: all()[rank]! }),
  };
};
