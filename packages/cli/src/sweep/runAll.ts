import { spawn } from 'node:child_process';
import { finished } from 'node:stream';
import { readSweepResult, type SweepResult } from './result';
import { type Progress, progressOf } from './supervised';
import type { Sweep, SweepRun } from './sweepFile';

export interface RunAllOptions {
  /** The program whose `sweep run` makes one run. */
  readonly program: string;
  readonly parallel: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: SweepEvent) => void;
}

/** How a sweep goes on. */
export type SweepEvent =
  | { readonly event: 'begun'; readonly run: SweepRun }
  | { readonly event: 'stopped'; readonly run: SweepRun }
  | { readonly event: 'progress'; readonly running: ReadonlyMap<SweepRun, Progress | undefined> }
  | {
      readonly event: 'ended';
      readonly run: SweepRun;
      readonly result: SweepResult;
      readonly before: boolean;
    }
  | { readonly event: 'failed'; readonly run: SweepRun; readonly code: number; readonly reason: string };

/** Of what a process said, the end. */
const MOST = 2000;

interface Ended {
  readonly code: number;
  readonly reason: string;
}

/** Makes one run in a process of its own, which a terminal's Ctrl-C does not reach: it is asked to stop once. */
const inChild = (
  folder: string,
  index: number,
  { program, signal }: RunAllOptions,
  onProgress: (progress: Progress) => void,
): Promise<Ended> =>
  new Promise((resolve) => {
    const args = ['sweep', 'run', folder, '--index', String(index), '--quiet', '--supervised'];
    const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
    });
    let said = '';
    const stop = (): void => {
      if (child.connected) child.disconnect();
    };
    signal.addEventListener('abort', stop);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-MOST);
    });
    child.on('message', (message) => {
      const progress = progressOf(message);
      if (progress) onProgress(progress);
    });
    const end = (code: number, how: string): void => {
      signal.removeEventListener('abort', stop);
      resolve({
        code,
        reason:
          said
            .trim()
            .split('\n')
            .at(-1)
            ?.replace(/^error: /u, '') || how,
      });
    };
    child.once('error', (error) => end(1, error.message));
    // Node tells of no 'close' where this side has left the channel; what was said last is there once its stream is closed.
    child.once('exit', (code, killed) => {
      const how = `its process ended with ${killed ?? code}`;
      finished(child.stderr!, () => end(code ?? 1, how));
    });
  });

/**
 * Makes all runs of a sweep that have no result, so many at a time, until they are done or the signal comes: then those
 * at work save their state and end. A run that fails does not keep others from theirs.
 *
 * @returns the largest exit code of a run
 */
export const runAll = async (folder: string, { runs }: Sweep, options: RunAllOptions): Promise<number> => {
  const { parallel, signal, onEvent } = options;
  const running = new Map<SweepRun, Progress | undefined>();
  const waiting = [...runs.entries()];
  let worst = 0;
  const one = async (index: number, run: SweepRun): Promise<void> => {
    const there = await readSweepResult(folder, run);
    if (there) {
      onEvent({ event: 'ended', run, result: there, before: true });
      return;
    }
    running.set(run, undefined);
    onEvent({ event: 'begun', run });
    const { code, reason } = await inChild(folder, index, options, (progress) => {
      running.set(run, progress);
      onEvent({ event: 'progress', running });
    });
    running.delete(run);
    const result = await readSweepResult(folder, run);
    if (result) onEvent({ event: 'ended', run, result, before: false });
    else if (code === 0) onEvent({ event: 'stopped', run });
    else {
      worst = Math.max(worst, code);
      onEvent({ event: 'failed', run, code, reason });
    }
  };
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) await one(...next);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, runs.length) }, work));
  return worst;
};
