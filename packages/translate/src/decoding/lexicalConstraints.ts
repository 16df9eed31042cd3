import { invalidArgument } from '@steadyformer/core';
import type { Bpe } from '../subwords/bpe';
import { type Ban, bannedBy, holdsPhrase } from './forbiddenPhrases';
import { type Phrase, phraseTracker, type WordEnds } from './phrases';
import { beginsInside, endsInside } from './words';

/** What a translation has to contain and must not, as texts. */
export interface PhraseTexts {
  readonly constraints: readonly string[];
  readonly forbidden: readonly string[];
}

/** The same, checked, as a search has it: plain data. */
export interface Lexical {
  readonly phrases: readonly Phrase[];
  /** As translations are written. */
  readonly forbidden: readonly string[];
}

/** A sentence that has some. */
export interface LexicalPlace {
  /** What messages call it. */
  readonly name: string;
  readonly limit: number;
  readonly prefix: readonly number[];
}

/** Phrases as a vocabulary has them. */
export interface Lexicon {
  readonly wordEnds: WordEnds;
  /** The tokens that would say one of these. */
  readonly banned: (forbidden: readonly string[]) => Ban;
  /** @throws SteadyformerError where no translation can be as is wanted, and why. */
  readonly of: (texts: PhraseTexts, place: LexicalPlace) => Lexical;
}

/** A character whose subwords are its own: what follows it is cut as after any mark between words. */
const MARK = '-';

const normalised = (vocabulary: Bpe, text: string): string => {
  const found = vocabulary.normalise(text).replace(/ +/gu, ' ').trim();
  return vocabulary.model.preTokenizer === 'metaspace' ? found.normalize('NFC') : found;
};

/** A phrase after a space, and in raw text after a mark such as a quote or a hyphen. */
const phraseOf = (vocabulary: Bpe, text: string): Phrase => {
  const spaced = vocabulary.encode(text);
  if (vocabulary.model.preTokenizer !== 'metaspace') return { alternatives: [spaced] };
  const marked = vocabulary.encode(MARK + text).slice(vocabulary.encode(MARK).length);
  const same = marked.length >= spaced.length && spaced.every((id, i) => id === marked[i]);
  return { alternatives: same ? [spaced] : [spaced, marked] };
};

/** Reads phrases by the vocabulary of the translations. */
export const lexiconOf = (vocabulary: Bpe): Lexicon => {
  const texts = vocabulary.tokenTexts();
  const begins = texts.map(beginsInside);
  const ends = texts.map(endsInside);
  const wordEnds: WordEnds = (before, after) => !(ends[before] && begins[after]);
  const { eos } = vocabulary;
  /** Of the last forbidden phrases: often all sentences share them. */
  let last: { readonly key: string; readonly ban: Ban } | undefined;

  const read = (list: readonly string[], what: string): string[] =>
    list.map((text) => {
      const found = normalised(vocabulary, text);
      if (found !== '') return found;
      throw invalidArgument({ what, received: text, allowed: 'phrases of a character or more' });
    });
  const banned = (forbidden: readonly string[]): Ban => {
    const key = JSON.stringify(forbidden);
    if (last?.key !== key) last = { key, ban: bannedBy(forbidden, texts, eos) };
    return last.ban;
  };

  return {
    wordEnds,
    banned,
    of: ({ constraints, forbidden }, { name, limit, prefix }) => {
      const wanted = read(constraints, `constraints of ${name}`);
      const unwanted = read(forbidden, `forbiddenPhrases of ${name}`);
      for (const text of wanted) {
        const unknown = vocabulary.unknownCharacters(text);
        if (unknown.length > 0) {
          throw invalidArgument({
            what: `constraints of ${name} ('${text}')`,
            received: unknown.join(''),
            allowed: 'characters that the vocabulary of the translations has',
            next: 'Spell it with others, or leave it out.',
          });
        }
        const against = unwanted.find((one) => holdsPhrase(text, one));
        if (against !== undefined) {
          throw invalidArgument({
            what: `constraints of ${name}`,
            received: text,
            allowed: `phrases without the forbidden '${against}'`,
            next: 'Leave out one of the two.',
          });
        }
      }
      const phrases = wanted.map((text) => phraseOf(vocabulary, text));
      const tracker = phraseTracker(phrases, wordEnds);
      const needed = prefix.length + tracker.needed(prefix.reduce(tracker.next, tracker.start)).least + 1;
      if (phrases.length > 0 && needed > limit) {
        throw invalidArgument({
          what: `tokens of ${name}'s constraints, its prefix and the end included`,
          received: needed,
          allowed: `up to ${limit}, its maxLength`,
          next: 'Allow a longer translation, or give fewer constraints.',
        });
      }
      const ban = unwanted.length > 0 && prefix.length > 0 ? banned(unwanted) : undefined;
      if (ban && prefix.some((token, i) => ban(prefix.slice(0, i), false).has(token))) {
        const allowed = 'prefixes without a forbidden phrase';
        throw invalidArgument({ what: `prefixes of ${name}`, received: vocabulary.decode(prefix), allowed });
      }
      return { phrases, forbidden: unwanted };
    },
  };
};
