import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** What the figures depend on beside the programs. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
}

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  system: `${process.platform} ${process.arch} ${release()}`,
  node: process.version,
});

/** Runnable processes on average over the last 1, 5 and 15 minutes; zeros on Windows. */
export const load = (): number[] => loadavg().map((value) => Math.round(value * 100) / 100);

/**
 * Most memory this process ever had in RAM, in bytes. Linux's own count of this address space where there is one:
 * getrusage's also remembers what the process was before exec.
 */
export const peakMemory = (): number => {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
};
