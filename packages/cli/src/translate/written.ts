import { type Alignment, pharaoh, type Translation } from '@steadyformer/translate';

/** What of a translation is written. */
export interface OutputForm {
  /** How many hypotheses, best first. Absent: the best one, without its line's number. */
  readonly nBest?: number;
  readonly scores?: boolean;
  readonly alignments?: boolean;
}

/** A line for a line, whatever a model says. */
export const onOneLine = (text: string): string => text.replaceAll(/[\r\n\u2028\u2029]+/gu, ' ');

/** Six decimals: what single precision knows of a score. */
const shown = (score: number): string => score.toFixed(6);

/**
 * How a translation is written: its text; with scores `score TAB text`; of n-best lists a line a hypothesis,
 * `line TAB score TAB text`, lines counted from 1; with alignments each has one more column, in the Pharaoh format.
 */
export const writtenAs =
  ({ nBest, scores = false, alignments = false }: OutputForm) =>
  ({ text, score, hypotheses, alignment }: Translation, line: number): string => {
    const row = (before: readonly string[], said: string, of: Alignment | undefined): string =>
      `${[...before, onOneLine(said), ...(alignments ? [pharaoh(of?.words ?? [])] : [])].join('\t')}\n`;
    if (nBest === undefined) return row(scores ? [shown(score)] : [], text, alignment);
    return hypotheses
      .slice(0, nBest)
      .map((each) => row([String(line), shown(each.score)], each.text, each.alignment))
      .join('');
  };
