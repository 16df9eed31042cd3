import type { Translation } from '@steadyformer/translate';

/** What of a translation is written. */
export interface OutputForm {
  /** How many hypotheses, best first. Absent: the best one, without its line's number. */
  readonly nBest?: number;
  readonly scores?: boolean;
}

/** A line for a line, whatever a model says. */
const onOneLine = (text: string): string => text.replaceAll(/[\r\n\u2028\u2029]+/gu, ' ');

/** Six decimals: what single precision knows of a score. */
const shown = (score: number): string => score.toFixed(6);

/**
 * How a translation is written: its text; with scores `score TAB text`; of n-best lists a line a hypothesis,
 * `line TAB score TAB text`, lines counted from 1.
 */
export const writtenAs =
  ({ nBest, scores = false }: OutputForm) =>
  ({ text, score, hypotheses }: Translation, line: number): string => {
    if (nBest === undefined) return `${scores ? `${shown(score)}\t` : ''}${onOneLine(text)}\n`;
    return hypotheses
      .slice(0, nBest)
      .map((each) => `${line}\t${shown(each.score)}\t${onOneLine(each.text)}\n`)
      .join('');
  };
