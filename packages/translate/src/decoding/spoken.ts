import type { FixedWeights, Transformer } from '@steadyformer/core';
import type { Bpe } from '../subwords/bpe';
import type { Vocabularies } from '../subwords/vocabularies';
import { coverage, type Forced, forced } from './forced';
import type { GroupSettings, Source } from './group';
import type { Hypothesis } from './hypothesis';
import type { Alignment, Translation } from './translation';
import { wordAlignment, wordsOfTokens } from './wordAlignment';

/** A translation of hypotheses, best first. */
export const toText = (target: Bpe, hypotheses: readonly Hypothesis[]): Translation => {
  const all = hypotheses.map((hypothesis) => ({ ...hypothesis, text: target.decode(hypothesis.ids) }));
  return { text: all[0]!.text, score: all[0]!.score, hypotheses: all };
};

const aligned = (
  { ids }: Source,
  hypothesis: Hypothesis,
  weights: NonNullable<Forced['attention']>,
  { source, target }: Vocabularies,
): Alignment => {
  const said = [...hypothesis.ids, target.eos];
  return {
    source: ids.map((id) => source.tokens[id]!),
    target: said.map((id) => target.tokens[id]!),
    weights,
    words: wordAlignment(
      weights,
      wordsOfTokens(ids, source.tokenTexts()),
      wordsOfTokens(said, target.tokenTexts()),
    ),
  };
};

interface Speakers {
  readonly models: readonly Transformer[];
  readonly sides: Vocabularies;
  readonly weights: FixedWeights;
}

/** The translations of a group, of the hypotheses found, with what only a look at the attention tells. */
export const spoken = async (
  { models, sides, weights }: Speakers,
  group: readonly Source[],
  found: readonly (readonly Hypothesis[])[],
  { alignments, coveragePenalty, maxTokens }: GroupSettings,
  signal: AbortSignal | undefined,
): Promise<Translation[]> => {
  const { target } = sides;
  if (!alignments && coveragePenalty === 0) return found.map((hypotheses) => toText(target, hypotheses));
  const all = coveragePenalty > 0 || alignments === 'all';
  const pairs = group.flatMap(({ ids: source }, i) =>
    (all ? found[i]! : found[i]!.slice(0, 1)).map(({ ids }) => ({ source, target: ids })),
  );
  const { eos, pad } = target;
  const seen = await forced(models, pairs, { eos, pad, maxTokens, attention: true, signal, weights });
  let next = 0;
  return found.map((hypotheses, i) => {
    const ranked = hypotheses
      .map((hypothesis, at) => {
        const attention = at === 0 || all ? seen[next++]!.attention! : undefined;
        if (coveragePenalty === 0) return { hypothesis, attention };
        const score = hypothesis.score + coveragePenalty * coverage(attention!);
        return { hypothesis: { ...hypothesis, score }, attention };
      })
      .sort((a, b) => b.hypothesis.score - a.hypothesis.score);
    const translation = toText(
      target,
      ranked.map(({ hypothesis }) => hypothesis),
    );
    if (!alignments) return translation;
    const each = ranked.map(({ hypothesis, attention }, at) =>
      at === 0 || alignments === 'all' ? aligned(group[i]!, hypothesis, attention!, sides) : undefined,
    );
    if (alignments !== 'all') return { ...translation, alignment: each[0]! };
    const own = translation.hypotheses.map((one, at) => ({ ...one, alignment: each[at]! }));
    return { ...translation, hypotheses: own, alignment: each[0]! };
  });
};
