import { parseAs } from '@steadyformer/core';
import { runConfig } from '@steadyformer/translate/node';
import { thresholdsSchema } from '../../../../packages/analysis/src/watch/thresholds';
import { guardFields } from '../../../../packages/translate/src/training/lossGuard';

/** Where warnings begin, and what ends a run, by default. */
export interface Thresholds {
  readonly watch: Readonly<Record<string, number>>;
  readonly guard: Readonly<Record<string, number>>;
  /** Updates from one look to the next. */
  readonly every: number;
}

/** Read from the code, so that no page can be behind it. */
export const thresholds = (): Thresholds => ({
  watch: { ...parseAs(thresholdsSchema(), {}, 'thresholds') },
  guard: { ...(parseAs(guardFields(), {}, 'guard') as Thresholds['guard']) },
  every: runConfig({ kind: 'languageModel', data: { train: 'text.txt' } }).watch.every,
});

export const data = thresholds;
