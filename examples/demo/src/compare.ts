import { join } from 'node:path';
import { type Streams, main as steadyformer } from 'steadyformer';
import { compareArguments } from './configFor';
import type { DemoOptions } from './options';

/** Blocks of each stack. */
const DEPTHS = [2, 10];
const METHODS = ['admin', 'postLN'] as const;

/** The runs of the comparison, each in a folder of its own. */
const runsOf = (output: string) =>
  DEPTHS.flatMap((depth) =>
    METHODS.map((method) => ({ depth, method, folder: join(output, `${method}-${depth}`) })),
  );

/** Trains Post-LN and Admin, shallow and deep, with all else equal, and shows them side by side. Returns the exit code. */
export const compare = async (backend: string, options: DemoOptions, streams: Streams): Promise<number> => {
  const runs = runsOf(options.output);
  for (const { depth, method, folder } of runs) {
    streams.out(`\n${method}, ${depth} + ${depth} blocks\n`);
    const args = compareArguments(backend, options, { method, depth, folder });
    const code = await steadyformer(['train', ...args], streams);
    // One that diverged is part of the answer.
    if (code > 1) return code;
  }
  streams.out('\n');
  const figure = join(options.output, 'curves.svg');
  return steadyformer(['compare', ...runs.map(({ folder }) => folder), '--out', figure], streams);
};
