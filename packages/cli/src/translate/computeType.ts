import type { ComputeType } from '@steadyformer/core';
import { type Command, Option } from 'commander';

const ABOUT =
  'numbers that products are computed in: int8, on onnxruntime, is faster and changes some translations';

/** Gives a command the option `--compute-type`. */
export const addComputeTypeOption = (command: Command): Command =>
  command.addOption(
    new Option('--compute-type <name>', ABOUT)
      .choices(['float32', 'int8'] satisfies ComputeType[])
      .default('float32'),
  );
