import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SteadyformerError } from '@steadyformer/core';
import type { Cell } from './item';

export interface PoolOptions {
  readonly parallel: number;
  /** After each cell that is done. */
  readonly onDone: (cell: Cell) => Promise<void>;
}

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

/** Of what a process said, the end. */
const MOST = 4000;

/** @throws SteadyformerError where the process fails, with what it said */
const inChild = async (folder: string, { key }: Cell): Promise<void> => {
  const child = spawn(process.execPath, [...process.execArgv, CHILD, folder, key], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST);
  });
  const [code, killed] = (await once(child, 'exit')) as [number | null, string | null];
  if (code === 0) return;
  throw new SteadyformerError(
    `cell ${key}: its process ended with ${killed ?? code}. ${said.trim()}\nWhat is finished is kept; --resume goes on.`,
  );
};

/** Runs cells, so many at a time, each in a process of its own. One that fails ends it once those at work are done. */
export const pool = async (
  folder: string,
  cells: readonly Cell[],
  { parallel, onDone }: PoolOptions,
): Promise<void> => {
  const waiting = [...cells];
  let failed = false;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !failed; next = waiting.shift()) {
      try {
        await inChild(folder, next);
        await onDone(next);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(parallel, cells.length) }, work));
  const failure = ended.find((each) => each.status === 'rejected');
  if (failure) throw failure.reason;
};
