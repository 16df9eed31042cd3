import { SteadyformerError } from '@steadyformer/core';
import { linesOf } from '../data/lineStream';
import type { Streams } from '../program/streams';

/** All lines of a file, blank ones too; '-' is standard input. @throws SteadyformerError where there are none */
export const allLines = async (file: string, streams: Streams): Promise<readonly string[]> => {
  const lines: string[] = [];
  for await (const line of linesOf([file], streams)) lines.push(line);
  if (lines.length > 0) return lines;
  throw new SteadyformerError(`${file}: the file is empty; name one with a sentence a line`);
};

/** Throws where two files that go line by line differ in their number of lines. */
export const checkSameLength = (
  [file, lines]: readonly [string, readonly string[]],
  [first, expected]: readonly [string, readonly string[]],
): void => {
  if (lines.length === expected.length) return;
  throw new SteadyformerError(
    `${file}: ${lines.length} lines, but ${first} has ${expected.length}; a line of one goes with a line of the other`,
  );
};
