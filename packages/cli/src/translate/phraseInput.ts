import { SteadyformerError } from '@steadyformer/core';
import { linesOf } from '../data/lineStream';
import type { Streams } from '../program/streams';

/** A line of input: what is to be translated, and the phrases that its translation has to contain. */
export interface InputLine {
  readonly text: string;
  readonly constraints: readonly string[];
}

/** A line whose further columns, which tabs part, are phrases; empty ones are none. */
export const withConstraints = (line: string): InputLine => {
  const [text = '', ...columns] = line.split('\t');
  return { text, constraints: columns.filter((phrase) => phrase.trim() !== '') };
};

/** The phrases of a file, one a line; blank lines are none. */
export const phrasesIn = async (file: string, streams: Streams): Promise<readonly string[]> => {
  if (file === '-') {
    throw new SteadyformerError(
      '--forbidden -: standard input is for text; name a file of phrases, one a line',
    );
  }
  const phrases: string[] = [];
  for await (const line of linesOf([file], streams)) if (line.trim() !== '') phrases.push(line.trim());
  if (phrases.length > 0) return phrases;
  throw new SteadyformerError(`--forbidden ${file}: the file holds no phrase; give it one a line`);
};
