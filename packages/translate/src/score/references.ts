import { check, checkList, checkTexts, SteadyformerError } from '@steadyformer/core';

/**
 * Reference translations: one a hypothesis, or several sets of them (sacreBLEU's reference streams), each as long as the
 * hypotheses; in a set, null stands for none.
 */
export type References = readonly string[] | readonly (readonly (string | null)[])[];

export interface AlignedReferences {
  /** The references of each hypothesis. */
  readonly bySentence: readonly (readonly string[])[];
  /** How many each has: a number, or 'var' where that differs. */
  readonly count: number | 'var';
}

const isOneSet = (references: References): references is readonly string[] =>
  references.length > 0 && references.every((item) => typeof item === 'string');

const checkSet = (what: string, set: readonly (string | null)[]): void => {
  checkList(what, set, 'a list of texts');
  for (const [i, text] of set.entries()) {
    check(typeof text === 'string' || text === null, `${what}[${i}]`, text, 'a text, or null for none');
  }
};

/** @throws SteadyformerError where there are no hypotheses or references, or their numbers differ. */
export const alignReferences = (hypotheses: readonly string[], references: References): AlignedReferences => {
  checkTexts('score: hypotheses', hypotheses);
  checkList('score: references', references, 'a list of texts, or of lists of texts');
  const sets: readonly (readonly (string | null)[])[] = isOneSet(references) ? [references] : references;
  for (const [i, set] of sets.entries()) checkSet(`score: references[${i}]`, set);
  if (hypotheses.length === 0)
    throw new SteadyformerError('score: there are no hypotheses. Pass at least one.');
  for (const [i, set] of sets.entries()) {
    if (set.length !== hypotheses.length) {
      throw new SteadyformerError(
        `score: ${hypotheses.length} hypotheses but ${set.length} references in set ${i}. Pass one a hypothesis.`,
      );
    }
  }
  const bySentence = hypotheses.map((_, i) =>
    sets.map((set) => set[i]).filter((text): text is string => typeof text === 'string'),
  );
  const without = bySentence.findIndex((texts) => texts.length === 0);
  if (without >= 0) throw new SteadyformerError(`score: hypothesis ${without} has no reference.`);
  const counts = new Set(bySentence.map((texts) => texts.length));
  return { bySentence, count: counts.size === 1 ? bySentence[0]!.length : 'var' };
};
