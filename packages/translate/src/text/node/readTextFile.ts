import { callback, fields, oneOf, parseAs } from '@steadyformer/core';
import * as v from 'valibot';
import { checkNoEffect } from '../../checks/combinations';
import type { SchemasOf } from '../../checks/schemas';
import type { Skipped } from '../blankOptions';
import { inputError } from '../inputError';
import { readLines } from '../lines';
import { openText } from './openText';

/** Options of `readTextFile` and `loadTextFile`. */
export interface TextFileOptions {
  /**
   * What a document is: a `line` that is not blank, or a `paragraph`, the lines up to a blank one, with a space between.
   * Default 'line'.
   */
  readonly documents?: 'line' | 'paragraph';
  /** Told of every blank line that is left out, where lines are documents. An exception of it ends the reading. */
  readonly onSkip?: (skipped: Skipped) => void;
}

const optionFields = () =>
  fields({
    documents: v.optional(oneOf(['line', 'paragraph']), 'line'),
    onSkip: v.optional(callback<NonNullable<TextFileOptions['onSkip']>>()),
  } satisfies SchemasOf<TextFileOptions>);

/**
 * The documents of a text file (which may be gzipped), read as they are asked for: what `encodeText` takes.
 *
 * @throws SteadyformerError where the file is missing or cannot be read, holds nothing but blank lines, or, with the line,
 *   is not valid UTF-8; or on an unknown option
 */
export async function* readTextFile(path: string, options: TextFileOptions = {}): AsyncGenerator<string> {
  const { documents, onSkip } = parseAs(optionFields(), options, 'readTextFile()');
  if (documents === 'paragraph') checkNoEffect('readTextFile()', options, ['onSkip'], 'on paragraphs');
  let paragraph: string[] = [];
  let [line, found] = [0, 0];
  for await (const text of readLines(await openText(path))) {
    line++;
    const blank = text.trim() === '';
    if (documents === 'line') {
      if (blank) onSkip?.({ reason: 'blankLine', name: path, line });
      else {
        found++;
        yield text;
      }
    } else if (!blank) paragraph.push(text);
    else if (paragraph.length > 0) {
      found++;
      yield paragraph.join(' ');
      paragraph = [];
    }
  }
  if (paragraph.length > 0) yield paragraph.join(' ');
  else if (found === 0) {
    const problem = line === 0 ? 'the file is empty.' : `has ${line} lines, all of them blank.`;
    throw inputError(path, undefined, problem);
  }
}

/** All documents of a text file, as `readTextFile` gives them. */
export const loadTextFile = async (path: string, options: TextFileOptions = {}): Promise<string[]> => {
  const documents: string[] = [];
  for await (const document of readTextFile(path, options)) documents.push(document);
  return documents;
};
