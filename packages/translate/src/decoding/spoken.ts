import type { FixedWeights, Transformer } from '@steadyformer/core';
import type { Bpe } from '../subwords/bpe';
import type { Vocabularies } from '../subwords/vocabularies';
import { coverage, type Forced, forced } from './forced';
import type { GroupSettings, Source } from './group';
import type { Hypothesis } from './hypothesis';
import type { Alignment, Translation } from './translation';

/** A translation of hypotheses, best first. */
export const toText = (target: Bpe, hypotheses: readonly Hypothesis[]): Translation => {
  const all = hypotheses.map((hypothesis) => ({ ...hypothesis, text: target.decode(hypothesis.ids) }));
  return { text: all[0]!.text, score: all[0]!.score, hypotheses: all };
};

const aligned = (
  { ids }: Source,
  { hypotheses }: Translation,
  weights: NonNullable<Forced['attention']>,
  { source, target }: Vocabularies,
): Alignment => ({
  source: ids.map((id) => source.tokens[id]!),
  target: [...hypotheses[0]!.ids, target.eos].map((id) => target.tokens[id]!),
  weights,
});

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
  const pairs = group.flatMap(({ ids: source }, i) =>
    (coveragePenalty === 0 ? found[i]!.slice(0, 1) : found[i]!).map(({ ids }) => ({ source, target: ids })),
  );
  const { eos, pad } = target;
  const seen = await forced(models, pairs, { eos, pad, maxTokens, attention: true, signal, weights });
  let next = 0;
  return found.map((hypotheses, i) => {
    const ranked = hypotheses
      .map((hypothesis, at) => {
        const attention = at === 0 || coveragePenalty > 0 ? seen[next++]!.attention! : undefined;
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
    return { ...translation, alignment: aligned(group[i]!, translation, ranked[0]!.attention!, sides) };
  });
};
