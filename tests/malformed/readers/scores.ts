import { bleu, bleuMetric, chrF, pairedBootstrap, ter } from '@steadyformer/translate';
import { callback, either, exactly, flag, listOf, notNegative, oneOf, text, whole } from '../domains';
import { optionsReader, valueReader } from '../optionsReader';
import type { Reader } from '../reader';

const metric = bleuMetric();
const score = ({ score: value }: { readonly score: number }): string | undefined =>
  value >= 0 && Number.isFinite(value) ? undefined : `a score of ${value}`;

/** One text a hypothesis. */
const pair = listOf(['a', 'b'], text('a'), 2);

export const scores: readonly Reader[] = [
  optionsReader({
    name: 'translate: bleu',
    options: {
      tokenizer: oneOf('13a', 'none', 'char', 'intl', 'zh'),
      lowercase: flag(true),
      smoothing: oneOf('floor', 'exp', 'add-k', 'none'),
      smoothingValue: notNegative(0.5),
      maxOrder: whole(4, 1, 1000),
      effectiveOrder: flag(true),
    },
    together: ({ smoothing = 'exp', smoothingValue }: { smoothing?: string; smoothingValue?: number }) =>
      smoothingValue === undefined || smoothing === 'floor' || smoothing === 'add-k',
    call: (o) => score(bleu(['a small test'], [['a small text']], o)),
  }),
  optionsReader({
    name: 'translate: chrF',
    options: {
      charOrder: whole(6, 1, 1000),
      wordOrder: whole(2, 0, 1000),
      beta: whole(2),
      lowercase: flag(true),
      whitespace: flag(true),
      epsilonSmoothing: flag(true),
    },
    call: (o) => score(chrF(['a small test'], [['a small text']], o)),
  }),
  optionsReader({
    name: 'translate: ter',
    options: {
      normalized: flag(true),
      noPunctuation: flag(true),
      asianSupport: flag(true),
      caseSensitive: flag(true),
    },
    call: (o) => score(ter(['a small test'], [['a small text']], o)),
  }),
  valueReader('translate: bleu of', listOf(['a small test', 'b'], text('a small test'), 2), (hypotheses) => {
    const { score: value } = bleu(hypotheses, [['a small text', 'b']]);
    return value >= 0 ? undefined : `a score of ${value}`;
  }),
  valueReader(
    'translate: bleu against',
    either(
      listOf(
        [
          ['a', 'b'],
          ['c', 'd'],
        ],
        pair,
        1,
      ),
      pair,
    ),
    (references) => score(bleu(['a', 'b'], references)),
  ),
  optionsReader({
    name: 'translate: pairedBootstrap',
    options: {
      samples: whole(20, 1, 1_000_000),
      seed: whole(7, 0, 2 ** 32 - 1),
      metric: exactly(metric),
      onProgress: callback(() => {}),
    },
    call: (o) => {
      const { pValue } = pairedBootstrap(
        ['a small test', 'b'],
        ['a small text', 'c'],
        [['a small text', 'b']],
        o,
      );
      return pValue > 0 && pValue <= 1 ? undefined : `a p-value of ${pValue}`;
    },
  }),
];
