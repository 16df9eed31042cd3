import type { Lowered } from './topCandidates';

/** What search is told about the tokens that may follow. */
export interface PenaltySettings {
  readonly eos: number;
  readonly minLength: number;
  readonly noRepeatNgram: number;
  readonly repetitionPenalty: number;
}

/** The tokens that would end an n-gram which was said before (Paulus et al. 2018, section 2.5). */
const repeating = (ids: readonly number[], n: number): number[] => {
  const found: number[] = [];
  const last = ids.length - n + 1;
  for (let from = 0; from < last; from++) {
    let i = 0;
    while (i < n - 1 && ids[from + i] === ids[last + i]) i++;
    if (i === n - 1) found.push(ids[from + n - 1]!);
  }
  return found;
};

/** Tokens that may not follow, besides those of the settings. */
export type Banned = Pick<ReadonlySet<number>, 'has'>;

/** The tokens that count as less likely after what was said; undefined where there are none. */
export const loweredAfter = (
  ids: readonly number[],
  settings: PenaltySettings,
  banned?: Banned,
): Lowered | undefined => {
  const found = penalised(ids, settings);
  if (!banned) return found;
  const has = (token: number): boolean => found?.tokens.has(token) === true || banned.has(token);
  return {
    // Those that are banned are found as they are asked for: how many they are is not known.
    tokens: { has, size: Number.POSITIVE_INFINITY },
    value: (token, value) =>
      banned.has(token) ? Number.NEGATIVE_INFINITY : (found?.value(token, value) ?? value),
  };
};

const penalised = (
  ids: readonly number[],
  { eos, minLength, noRepeatNgram, repetitionPenalty }: PenaltySettings,
): Lowered | undefined => {
  const banned = noRepeatNgram > 0 ? repeating(ids, noRepeatNgram) : [];
  if (ids.length + 1 < minLength) banned.push(eos);
  const said = repetitionPenalty > 1 ? ids : [];
  if (banned.length + said.length === 0) return undefined;
  const none = new Set(banned);
  const tokens = said.length === 0 ? none : new Set([...banned, ...said]);
  return {
    tokens,
    value: (token, value) => (none.has(token) ? Number.NEGATIVE_INFINITY : value * repetitionPenalty),
  };
};

/** What is lowered by `before`, and by `strength` for every time that a group before took the token (diverse beams). */
export const alsoDiverse = (
  before: Lowered | undefined,
  taken: ReadonlyMap<number, number>,
  strength: number,
): Lowered | undefined => {
  if (taken.size === 0 || strength === 0) return before;
  const has = (token: number): boolean => taken.has(token) || before?.tokens.has(token) === true;
  return {
    tokens: { has, size: taken.size + (before?.tokens.size ?? 0) },
    value: (token, value) =>
      (before?.tokens.has(token) ? before.value(token, value) : value) - strength * (taken.get(token) ?? 0),
  };
};
