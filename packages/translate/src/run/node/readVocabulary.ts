import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord, SteadyformerError } from '@steadyformer/core';
import { errorCode } from '../../checks/node/errorCode';
import { replaceText } from '../../checks/node/replaceText';
import { Bpe } from '../../subwords/bpe';
import { trainBpe } from '../../subwords/trainBpe';
import { hasSides, type Vocabularies } from '../../subwords/vocabularies';
import type { VocabularyConfig } from '../sections/data';

/** A vocabulary as `Bpe.toJSON` wrote it. @throws SteadyformerError where it is none, naming the file */
export const readVocabulary = async (path: string): Promise<Bpe | Vocabularies> => {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new SteadyformerError(
      `vocabulary '${path}' cannot be read (${errorCode(error)}). Name another file.`,
    );
  });
  try {
    const json: unknown = JSON.parse(text);
    if (isRecord(json) && hasSides(json)) {
      return { source: Bpe.fromJSON(json.source as never), target: Bpe.fromJSON(json.target as never) };
    }
    return Bpe.fromJSON(json as never);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SteadyformerError(`'${path}' is no vocabulary: ${why}`, { cause: error });
  }
};

const oneOf = (vocabulary: Bpe | Vocabularies, path: string): Bpe => {
  if (!hasSides(vocabulary)) return vocabulary as Bpe;
  throw new SteadyformerError(`'${path}' holds the vocabularies of two sides where one is wanted.`);
};

/** The vocabulary that a config names; undefined where it is to be learned. */
export const givenVocabulary = async ({
  file,
}: VocabularyConfig): Promise<Bpe | Vocabularies | undefined> => {
  if (file === undefined) return undefined;
  if (typeof file === 'string') return readVocabulary(file);
  const { source, target } = file;
  return {
    source: oneOf(await readVocabulary(source), source),
    target: oneOf(await readVocabulary(target), target),
  };
};

/** Lines to learn a vocabulary from. */
export interface VocabularyText {
  readonly source: Iterable<string>;
  readonly target: Iterable<string>;
}

function* both({ source, target }: VocabularyText): Generator<string> {
  yield* source;
  yield* target;
}

/** Learns the vocabulary of a config: one for both sides, or one a side. */
export const learnVocabulary = (
  text: VocabularyText,
  { merges, minFrequency, minCharacterFrequency, shared }: VocabularyConfig,
  onProgress: (merges: number) => void,
): Bpe | Vocabularies => {
  const learn = (lines: Iterable<string>): Bpe =>
    trainBpe(lines, {
      merges,
      minFrequency,
      minCharacterFrequency,
      onProgress: (soFar) => onProgress(soFar.merges),
    });
  return shared ? learn(both(text)) : { source: learn(text.source), target: learn(text.target) };
};

/** Where a run keeps its vocabulary. */
export const vocabularyPath = (output: string): string => join(output, 'vocabulary.json');

export const writeVocabulary = async (path: string, vocabulary: Bpe | Vocabularies): Promise<void> =>
  replaceText(path, `${JSON.stringify(vocabulary)}\n`);
