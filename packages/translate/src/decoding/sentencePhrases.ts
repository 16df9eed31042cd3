import { invalidArgument } from '@steadyformer/core';
import type { Bpe } from '../subwords/bpe';
import type { Source } from './group';
import {
  type Lexical,
  type LexicalPlace,
  type Lexicon,
  lexiconOf,
  type PhraseTexts,
} from './lexicalConstraints';
import type { SearchOptions } from './searchOptions';
import { isShared, type TranslateSettings } from './translateOptions';

/** The phrases of a call's sentence. */
export const phrasesAt = (
  { constraints, forbiddenPhrases = [] }: Pick<TranslateSettings, 'constraints' | 'forbiddenPhrases'>,
  index: number,
): PhraseTexts => ({
  constraints: constraints?.[index] ?? [],
  forbidden: isShared(forbiddenPhrases) ? forbiddenPhrases : forbiddenPhrases[index]!,
});

/** Throws where something is to be said of what says nothing. */
export const checkBlank = (
  sentences: readonly string[],
  sources: readonly Source[],
  constraints: TranslateSettings['constraints'],
  first: number,
): void => {
  if (!constraints) return;
  const said = new Set(sources.map(({ index }) => index - first));
  const blank = sentences.findIndex((_, i) => !said.has(i) && constraints[i]!.length > 0);
  if (blank < 0) return;
  throw invalidArgument({
    what: `constraints of sentences[${first + blank}]`,
    received: constraints[blank],
    allowed: 'none, as the sentence is blank',
  });
};

/** The phrases of a translator's sentences. What its vocabulary makes of phrases is found out once there are any. */
export class SentencePhrases {
  private lexicon: Lexicon | undefined;

  constructor(private readonly target: Bpe) {}

  /** Those of a sentence; undefined where it has none. @throws SteadyformerError where they cannot be as is wanted */
  of(texts: PhraseTexts, place: LexicalPlace): Lexical | undefined {
    return texts.constraints.length + texts.forbidden.length > 0 ? this.known().of(texts, place) : undefined;
  }

  /** What a search is told of the phrases of a group: all of its sentences have some, or none. */
  search(group: readonly Source[]): Pick<SearchOptions, 'constraints' | 'wordEnds' | 'bannedAfter'> {
    if (!group[0]!.lexical) return {};
    const { wordEnds, banned } = this.known();
    const bans = group.map(({ lexical }) => {
      const { forbidden = [] } = lexical ?? {};
      return forbidden.length > 0 ? banned(forbidden) : undefined;
    });
    return {
      constraints: group.map(({ lexical }) => lexical?.phrases ?? []),
      wordEnds,
      ...(bans.some((ban) => ban)
        ? { bannedAfter: (row, ids) => bans[row]?.(ids, ids.length + 1 >= group[row]!.limit) }
        : {}),
    };
  }

  private known(): Lexicon {
    this.lexicon ??= lexiconOf(this.target);
    return this.lexicon;
  }
}
