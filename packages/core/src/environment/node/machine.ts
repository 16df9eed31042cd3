import { arch, availableParallelism, cpus, freemem, platform, totalmem } from 'node:os';

/** What a program runs on. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly processor: string;
  /** Threads that can run at once, as far as this process may use them. */
  readonly cores: number;
  /** Bytes, of the machine or of the container. */
  readonly memory: number;
  readonly freeMemory: number;
}

/** The machine that the process runs on, as reports name it. */
export const machine = (): Machine => {
  // 0, or more than there is, where nothing limits the process.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  const memory = Math.min(totalmem(), limit);
  return {
    platform: platform(),
    arch: arch(),
    processor: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memory,
    freeMemory: Math.min(freemem(), memory),
  };
};
