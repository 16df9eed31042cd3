/** A phrase as token sequences, any of which says it (after a space and after a hyphen, subwords differ); none begins with another. */
export interface Phrase {
  readonly alternatives: readonly (readonly number[])[];
}

/** Whether a word may end between two tokens. */
export type WordEnds = (before: number, after: number) => boolean;

/** Part of a token sequence that was said last. */
interface Partial {
  readonly phrase: number;
  readonly tokens: readonly number[];
  /** Tokens of it that were said: 1 or more. */
  readonly said: number;
}

/** What a hypothesis has of its phrases. */
export interface Progress {
  readonly last: number | undefined;
  /** How often each phrase is still to be said; one that ends at the last token is, if a word ends there. */
  readonly left: readonly number[];
  /** Phrases that end at the last token: said, unless the word goes on. */
  readonly ending: readonly number[];
  readonly partials: readonly Partial[];
}

/** The phrases that a hypothesis has to contain: how far it is, and which tokens bring it further. */
export interface PhraseTracker {
  readonly start: Progress;
  /** One token further. */
  readonly next: (progress: Progress, token: number) => Progress;
  /** Phrases that are not said yet. */
  readonly unsaid: (progress: Progress) => number;
  /** Tokens of them that the last tokens have said. */
  readonly begun: (progress: Progress) => number;
  /** Tokens that say the rest: at least so many, where phrases share what they can, and enough, where they share none. */
  readonly needed: (progress: Progress) => { readonly least: number; readonly enough: number };
  /** Tokens that begin a phrase or go on with one. */
  readonly advances: (progress: Progress) => readonly number[];
}

/** The most tokens of `after` that `before` may have said: all where it holds it, else where its end is its beginning. */
const sharedTokens = (before: readonly number[], after: readonly number[]): number => {
  for (let from = 0; from < before.length; from++) {
    const length = Math.min(after.length, before.length - from);
    if (after.slice(0, length).every((token, i) => before[from + i] === token)) return length;
  }
  return 0;
};

const once = (phrases: readonly Phrase[]): { readonly phrases: Phrase[]; readonly counts: number[] } => {
  const counts = new Map<string, number>();
  const first = new Map<string, Phrase>();
  for (const phrase of phrases) {
    const key = JSON.stringify(phrase.alternatives);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (!first.has(key)) first.set(key, phrase);
  }
  return { phrases: [...first.values()], counts: [...counts.values()] };
};

/**
 * Follows phrases through a hypothesis, from word to word. One that is given twice is to be said twice; phrases may overlap. What
 * a hypothesis has said is a function of its tokens alone.
 */
export const phraseTracker = (given: readonly Phrase[], wordEnds: WordEnds): PhraseTracker => {
  const { phrases, counts } = once(given);
  const sequences = phrases.flatMap(({ alternatives }, phrase) =>
    alternatives.map((tokens) => ({ phrase, tokens })),
  );
  const lengths = phrases.map(({ alternatives }) => alternatives.map((tokens) => tokens.length));
  const shortest = lengths.map((each) => Math.min(...each));
  const longest = lengths.map((each) => Math.max(...each));
  /** Tokens of each phrase that others may have said with their own. */
  const shared = phrases.map((_, phrase) =>
    Math.max(
      0,
      ...sequences
        .filter((one) => one.phrase === phrase)
        .flatMap(({ tokens }) =>
          sequences.map((other) => {
            if (other.phrase !== phrase) return sharedTokens(other.tokens, tokens);
            // Of itself, said again: from its own second token on, and less than all.
            const from = Math.max(1, other.tokens.length - tokens.length + 1);
            return counts[phrase]! > 1 ? sharedTokens(other.tokens.slice(from), tokens) : 0;
          }),
        ),
    ),
  );
  const begins = (last: number | undefined, token: number): boolean =>
    last === undefined || wordEnds(last, token);
  /** How often each phrase is still to be said, if a word ends here. */
  const rest = ({ left, ending }: Progress): readonly number[] =>
    ending.length === 0 ? left : left.map((n, i) => (ending.includes(i) ? Math.max(0, n - 1) : n));
  /** The most that the last tokens have said of one phrase still to be said, if it takes as many tokens as `of` says. */
  const gained = (
    partials: readonly Partial[],
    left: readonly number[],
    of: readonly number[] = shortest,
  ): number =>
    Math.max(
      0,
      ...partials
        .filter(({ phrase }) => left[phrase]! > 0)
        .map(({ phrase, tokens, said }) => of[phrase]! - (tokens.length - said)),
    );
  const advances = (progress: Progress): readonly number[] => {
    const left = rest(progress);
    const found = new Set<number>();
    for (const { phrase, tokens, said } of progress.partials) if (left[phrase]! > 0) found.add(tokens[said]!);
    for (const { phrase, tokens } of sequences) {
      if (left[phrase]! > 0 && begins(progress.last, tokens[0]!)) found.add(tokens[0]!);
    }
    return [...found];
  };
  return {
    start: { last: undefined, left: counts, ending: [], partials: [] },
    next: (progress, token) => {
      const atWord = begins(progress.last, token);
      const going = progress.partials.filter(({ tokens, said }) => tokens[said] === token);
      const begun = atWord ? sequences.filter(({ tokens }) => tokens[0] === token) : [];
      const all = [
        ...going.map((one) => ({ ...one, said: one.said + 1 })),
        ...begun.map((one) => ({ ...one, said: 1 })),
      ];
      const ended = all.filter(({ tokens, said }) => said === tokens.length);
      return {
        last: token,
        left: atWord ? rest(progress) : progress.left,
        ending: [...new Set(ended.map(({ phrase }) => phrase))],
        partials: all.filter(({ tokens, said }) => said < tokens.length),
      };
    },
    unsaid: (progress) => rest(progress).reduce((sum, n) => sum + n, 0),
    begun: (progress) => gained(progress.partials, rest(progress)),
    needed: (progress) => {
      const left = rest(progress);
      if (left.every((n) => n === 0)) return { least: 0, enough: 0 };
      const tokens = (of: readonly number[], less: readonly number[] = []): number =>
        Math.max(
          1,
          left.reduce((sum, n, i) => sum + n * (of[i]! - (less[i] ?? 0)), 0) -
            gained(progress.partials, left, of),
        );
      // In the middle of a word no phrase can begin: the word ends first.
      const rests = advances(progress).length === 0 ? 1 : 0;
      return {
        least: rests + tokens(shortest, shared),
        enough: rests + tokens(longest),
      };
    },
    advances,
  };
};
