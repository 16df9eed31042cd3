import { selectBackend } from '@steadyformer/core';
import { checkOutputs } from '../output/checkOutputs';
import { type CommandResult, writeOutputs } from '../output/outputFiles';
import { uninterrupted } from '../output/uninterrupted';
import { ClosedPipe, type Streams } from '../program/streams';
import { checkSubjects, type InputOptions, inputsOf, type ModelOptions, type OutputOptions } from './options';
import { checkRecorded, type Recorded } from './repeat';

/** What takes a command from its options to what is printed and written. */
export interface Finisher {
  /** A line on the error stream. Throws `ClosedPipe` where nobody would see the result. */
  readonly progress: (line: string) => void;
  /** Checks what can be checked, computes on the backend asked for, prints, writes. */
  readonly finish: (
    options: OutputOptions & InputOptions & Partial<ModelOptions>,
    compute: () => Promise<CommandResult>,
    computes?: boolean,
  ) => Promise<void>;
}

/** @param recorded the earlier result whose arguments these are; absent where they were typed */
export const finisher = (streams: Streams, recorded?: Recorded): Finisher => {
  let files: readonly string[] = [];
  const progress = (line: string): void => {
    streams.error(`${line}\n`);
    if (files.length === 0 && streams.closed?.()) throw new ClosedPipe();
  };
  const finish: Finisher['finish'] = async (options, compute, computes = true) => {
    if (recorded) checkRecorded(recorded, options);
    files = recorded?.out ?? options.out;
    await checkOutputs(files, inputsOf(options));
    checkSubjects(options);
    if (computes && options.backend !== undefined) progress((await selectBackend(options.backend)).message);
    const result = await compute();
    await uninterrupted(() => writeOutputs(files, result, () => streams.out(`${result.text}\n`)));
    for (const file of files) progress(`wrote ${file}`);
  };
  return { progress, finish };
};
