import { SteadyformerError, show } from '@steadyformer/core';
import type { Command } from 'commander';
import * as v from 'valibot';
import { digest } from '../input/digest';
import { parseJson } from '../input/parseJson';
import { readText } from '../input/readText';
import { fileReason } from '../program/fileReason';
import { type InputOptions, inputsOf, type OutputOptions } from './options';
import { TOOL } from './provenance';

/** What an earlier result says of how it was made, and where to write it again. */
export interface Recorded {
  /** The result's own file. */
  readonly name: string;
  readonly arguments: readonly string[];
  /** The files it was made of. */
  readonly files: readonly string[];
  readonly out: readonly string[];
}

const result = v.object({
  provenance: v.object({
    // Results of before the one command are made again, too.
    tool: v.picklist([TOOL, 'steadyformer-analysis']),
    arguments: v.array(v.string()),
    files: v.record(v.string(), v.string()),
  }),
});

/** Reads a result. Throws where the file holds none, or what it was made of has changed. */
export const readResult = async (name: string, out: readonly string[]): Promise<Recorded> => {
  const parsed = v.safeParse(result, parseJson(await readText(name), name));
  if (!parsed.success) {
    throw new SteadyformerError(
      `${name}: not a result of this program; it writes one with --out result.json`,
    );
  }
  const { arguments: args, files } = parsed.output.provenance;
  for (const [path, expected] of Object.entries(files)) {
    const found = await digest(path).catch((error: unknown) => {
      throw new SteadyformerError(
        `${path}: the file that ${name} was made of cannot be read, ${fileReason(error)}; its numbers cannot be made again`,
      );
    });
    if (found === expected) continue;
    throw new SteadyformerError(
      `${path}: the file is not the one that ${name} was made of; its numbers cannot be made again`,
    );
  }
  return { name, arguments: args, files: Object.keys(files), out };
};

/**
 * A result may come from anybody: its arguments write nothing, and read nothing but the files whose content it knows.
 *
 * @throws SteadyformerError where they would
 */
export const checkRecorded = ({ name, files }: Recorded, options: OutputOptions & InputOptions): void => {
  const [written] = options.out;
  if (written !== undefined) {
    throw new SteadyformerError(
      `${name}: its arguments would write ${written}, which those of a result never do; name files with --out here`,
    );
  }
  const unknown = inputsOf(options).find((path) => !files.includes(path));
  if (unknown === undefined) return;
  throw new SteadyformerError(
    `${name}: its arguments read ${unknown}, which is not among the files it says it was made of`,
  );
};

/** Throws unless a result's arguments are one of the commands that make results, which neither `repeat` nor help is. */
export const checkCommand = ({ name, arguments: args }: Recorded, { commands }: Command): void => {
  const [first] = args;
  const help = args.find((arg) => ['-h', '--help'].includes(arg));
  if (help === undefined && commands.some((command) => command.name() === first)) return;
  throw new SteadyformerError(
    `${name}: its command is ${show(help ?? first)}, which makes no result; use another copy`,
  );
};
