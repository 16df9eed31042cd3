import {
  checkedBy,
  checkIterable,
  checkText,
  fields,
  parseAs,
  SteadyformerError,
  show,
  text,
} from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';
import { Bpe } from './bpe';
import { parseMerge } from './bpeJson';
import { bpe as vocabulary } from './bpeSchema';
import { compareCodePoints } from './learnMerges';
import { changeInner, innerText } from './outerSpaces';
import { characterTokens } from './trainBpe';

const VERSION_LINE = '#version: 0.2';
const END_OF_WORD = '</w>';

/** Options of `readSubwordNmt`. */
export interface ReadSubwordNmtOptions {
  /** Name of the file, for errors. Default 'codes'. */
  readonly name?: string;
  /** Text whose characters belong to the vocabulary. A codes file names only those that merge. Default none. */
  readonly lines?: Iterable<string>;
}

const optionFields = () =>
  fields({
    name: v.optional(text(), 'codes'),
    lines: v.optional(
      checkedBy<Iterable<string>>((lines) =>
        checkIterable('readSubwordNmt() lines', lines, 'a list of texts'),
      ),
      [],
    ),
  } satisfies SchemasOf<ReadSubwordNmtOptions>);

/**
 * Reads a subword-nmt codes file (version 0.2). The vocabulary cuts text that is tokenised already
 * (`preTokenizer: 'whitespace'`).
 *
 * @throws SteadyformerError with name and line where a line is not a merge, or the version is another.
 */
export const readSubwordNmt = (codes: string, options: ReadSubwordNmtOptions = {}): Bpe => {
  const { name, lines } = parseAs(optionFields(), options, 'readSubwordNmt()');
  checkText('readSubwordNmt() codes', codes);
  const rows = codes.replace(/^\ufeff/u, '').split('\n');
  while (rows.at(-1) === '') rows.pop();
  const [version = ''] = rows;
  if (version.trimEnd() !== VERSION_LINE) {
    throw new SteadyformerError(
      `${name}:1: received ${show(version)}, allowed '${VERSION_LINE}'. Learn the codes again with a current subword-nmt.`,
    );
  }
  const merges = rows.slice(1).map((row, i) => parseMerge(innerText(row), `${name}:${i + 2}`));
  const characters = new Set<string>();
  for (const line of lines) {
    checkText('readSubwordNmt() line', line);
    for (const character of line) if (!/[ \r\n]/u.test(character)) characters.add(character);
  }
  const tokens = new Set<string>(characterTokens([...characters].sort(compareCodePoints), END_OF_WORD));
  for (const [left, right] of merges) tokens.add(left).add(right);
  for (const [left, right] of merges) tokens.add(left + right);
  return new Bpe({ preTokenizer: 'whitespace', endOfWord: END_OF_WORD, tokens: [...tokens], merges });
};

/**
 * Writes the codes file of subword-nmt (version 0.2).
 *
 * @throws SteadyformerError where the vocabulary was not trained with the end-of-word mark subword-nmt knows.
 */
export const writeSubwordNmt = (bpe: Bpe): string => {
  parseAs(vocabulary(), bpe, 'writeSubwordNmt() bpe');
  if (bpe.model.endOfWord !== END_OF_WORD) {
    throw new SteadyformerError(
      `writeSubwordNmt: endOfWord is '${bpe.model.endOfWord}', subword-nmt knows '${END_OF_WORD}'. ` +
        `Train with endOfWord: '${END_OF_WORD}'.`,
    );
  }
  return [VERSION_LINE, ...bpe.model.merges.map((merge) => merge.join(' '))]
    .map((row) => `${row}\n`)
    .join('');
};

/**
 * A line as `subword-nmt apply-bpe` prints it: a separator on every subword that does not end its word, and spaces
 * around the line as they are.
 *
 * @throws SteadyformerError where the vocabulary has no mark of word ends.
 */
export const segmentLine = (bpe: Bpe, line: string, separator = '@@'): string => {
  parseAs(vocabulary(), bpe, 'segmentLine() bpe');
  checkText('segmentLine() line', line);
  checkText('segmentLine() separator', separator);
  const { endOfWord } = bpe.model;
  if (endOfWord === '') {
    throw new SteadyformerError(
      "segmentLine: the vocabulary marks no word ends, so a separator has no place. Train with preTokenizer: 'whitespace'.",
    );
  }
  const mark = (token: string): string =>
    token.endsWith(endOfWord) ? token.slice(0, -endOfWord.length) : token + separator;
  return changeInner(line, (inner) => bpe.segment(inner).map(mark).join(' '));
};
