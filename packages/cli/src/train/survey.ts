import { SteadyformerError, show } from '@steadyformer/core';
import { cleaner, type DropReason, readLines } from '@steadyformer/translate';
import { openText, type ParallelFiles, readParallelFiles } from '@steadyformer/translate/node';
import { Lengths, type Quantiles } from './lengths';

/** What a side of the text is like. */
export interface SideSurvey {
  readonly characters: number;
  readonly words: number;
  /** Different characters. */
  readonly alphabet: number;
  /** Of a line, in characters. */
  readonly lengths: Quantiles;
}

/** What text is like that a model is to learn from. */
export interface Survey {
  /** Pairs, or lines, that the default filters leave. */
  readonly kept: number;
  /** Left out, by reason. */
  readonly dropped: Readonly<Partial<Record<DropReason | 'blank', number>>>;
  /** Source and target; one of running text. */
  readonly sides: readonly SideSurvey[];
}

class Side {
  private readonly lengths = new Lengths();
  private readonly alphabet = new Set<string>();
  private characters = 0;
  private words = 0;

  add(text: string): void {
    let length = 0;
    for (const character of text) {
      this.alphabet.add(character);
      length++;
    }
    this.characters += length;
    this.words += text.split(/\s+/u).filter(Boolean).length;
    this.lengths.add(length);
  }

  get survey(): SideSurvey {
    const { characters, words, alphabet, lengths } = this;
    return { characters, words, alphabet: alphabet.size, lengths: lengths.quantiles };
  }
}

/** Most words of a side, as `data.filter.maxWords` is by default. */
const MOST_WORDS = 175;

/**
 * Looks at parallel text, a pair at a time, through the filters that training has by default.
 *
 * @param onProgress told now and then how many pairs were read
 * @throws SteadyformerError on files that cannot be read, with file and line, and where nothing is left
 */
export const surveyPairs = async (
  files: ParallelFiles,
  onProgress: (pairs: number) => void,
): Promise<Survey> => {
  const clean = cleaner({ maxWords: MOST_WORDS });
  const dropped: Partial<Record<DropReason | 'blank', number>> = {};
  const count = (reason: DropReason | 'blank'): void => {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
  };
  const [source, target] = [new Side(), new Side()];
  let [read, kept] = [0, 0];
  for await (const pair of readParallelFiles({ ...files, blank: 'skip', onSkip: () => count('blank') })) {
    if (++read % TOLD === 0) onProgress(read);
    const result = clean(pair);
    if (typeof result === 'string') {
      count(result);
      continue;
    }
    kept++;
    source.add(result.source);
    target.add(result.target);
  }
  const name = 'path' in files ? files.path : files.source;
  if (kept === 0) throw nothing(name, 'pair', Object.entries(dropped));
  return { kept, dropped, sides: [source.survey, target.survey] };
};

/** Looks at running text; blank lines are left out. */
export const surveyText = async (path: string, onProgress: (lines: number) => void): Promise<Survey> => {
  const side = new Side();
  let [read, kept] = [0, 0];
  for await (const line of readLines(await openText(path))) {
    if (++read % TOLD === 0) onProgress(read);
    if (line.trim() === '') continue;
    kept++;
    side.add(line);
  }
  const blank = read - kept;
  if (kept === 0) throw nothing(path, 'line', blank > 0 ? [['blank', blank]] : []);
  return { kept, dropped: blank > 0 ? { blank } : {}, sides: [side.survey] };
};

const TOLD = 10_000;

const nothing = (
  path: string,
  thing: string,
  dropped: readonly (readonly [string, number])[],
): SteadyformerError =>
  new SteadyformerError(
    `${show(path)}: no ${thing} to learn from (${dropped.map(([reason, n]) => `${reason} ${n}`).join(', ') || 'it is empty'}). Bring other text.`,
  );
