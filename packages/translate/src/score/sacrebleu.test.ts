import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type BleuOptions, bleu, bleuMetric, sentenceBleu } from './bleu';
import { type BleuScore, formatBleu } from './bleuScore';
import { type ChrFOptions, chrF, chrFMetric } from './chrF';
import type { Metric, Signed } from './metric';
import { pairedBootstrap } from './pairedBootstrap';
import { type TerOptions, ter, terMetric } from './ter';

interface Case extends Partial<BleuScore> {
  readonly metric: 'bleu' | 'chrF' | 'ter';
  readonly options: Readonly<Record<string, unknown>>;
  readonly references: string;
  readonly system: 'hypotheses' | 'better';
  readonly score: number;
  readonly name: string;
  readonly signature: string;
  readonly text?: string;
  readonly edits?: number;
}

interface Estimate {
  readonly score: number;
  readonly mean: number;
  readonly halfWidth: number;
}

interface Fixture {
  readonly hypotheses: string[];
  readonly better: string[];
  readonly references: Record<string, (string | null)[][]> & { readonly one: string[][] };
  readonly cases: Case[];
  readonly sentences: Record<Case['metric'], number[]>;
  readonly paired: {
    readonly metric: string;
    readonly references: string;
    readonly changed: number[];
    readonly signature: string;
    readonly pValue: number;
    readonly baseline: Estimate;
    readonly result: Estimate;
  }[];
}

const fixture: Fixture = JSON.parse(
  readFileSync(fileURLToPath(new URL('fixtures/sacrebleu.json', import.meta.url)), 'utf8'),
);

/** sacreBLEU's option names, as ours. */
const NAMES: Record<string, string> = {
  tokenize: 'tokenizer',
  smooth_method: 'smoothing',
  smooth_value: 'smoothingValue',
  max_ngram_order: 'maxOrder',
  effective_order: 'effectiveOrder',
  word_order: 'wordOrder',
  char_order: 'charOrder',
  eps_smoothing: 'epsilonSmoothing',
  case_sensitive: 'caseSensitive',
  no_punct: 'noPunctuation',
  asian_support: 'asianSupport',
};
const ours = (options: Case['options']): object =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [NAMES[name] ?? name, value]));

const METRICS = { bleu: bleuMetric, chrF: chrFMetric, ter: terMetric };
const near = (actual: number | undefined, expected: number): void => {
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-9);
};
const title = ({ metric, options, references, system }: Case): string =>
  `${metric} ${JSON.stringify(options)} ${references} ${system}`;

describe('scores equal sacreBLEU 2.6.0', () => {
  it('covers hundreds of sentences', () => {
    expect(fixture.hypotheses.length).toBeGreaterThan(300);
    expect(fixture.cases.length).toBeGreaterThan(140);
  });

  it.each(fixture.cases.filter((item) => item.metric === 'bleu').map((item) => [title(item), item] as const))(
    '%s',
    (_, item) => {
      const options: BleuOptions = ours(item.options);
      const result = bleu(fixture[item.system], fixture.references[item.references]!, options);
      near(result.score, item.score);
      expect(result.signature).toBe(item.signature);
      for (const [n, precision] of (item.precisions ?? []).entries()) near(result.precisions[n], precision);
      near(result.brevityPenalty, item.brevityPenalty!);
      expect(result.hypothesisLength).toBe(item.hypothesisLength);
      expect(result.referenceLength).toBe(item.referenceLength);
      expect(formatBleu(result, 2)).toBe(item.text);
    },
  );

  it.each(fixture.cases.filter((item) => item.metric === 'chrF').map((item) => [title(item), item] as const))(
    '%s',
    (_, item) => {
      const options: ChrFOptions = ours(item.options);
      const result = chrF(fixture[item.system], fixture.references[item.references]!, options);
      near(result.score, item.score);
      expect(result.signature).toBe(item.signature);
      expect(chrFMetric(options).name).toBe(item.name);
    },
  );

  it.each(fixture.cases.filter((item) => item.metric === 'ter').map((item) => [title(item), item] as const))(
    '%s',
    (_, item) => {
      const options: TerOptions = ours(item.options);
      const result = ter(fixture[item.system], fixture.references[item.references]!, options);
      near(result.score, item.score);
      expect(result.edits).toBe(item.edits);
      expect(result.referenceLength).toBe(item.referenceLength);
      expect(result.signature).toBe(item.signature);
    },
  );

  it('sentence by sentence', () => {
    const [first] = fixture.references.one;
    for (const [i, hypothesis] of fixture.hypotheses.entries()) {
      near(sentenceBleu(hypothesis, [first![i]!]).score, fixture.sentences.bleu[i]!);
      near(chrF([hypothesis], [first![i]!], { wordOrder: 2 }).score, fixture.sentences.chrF[i]!);
      near(ter([hypothesis], [first![i]!], { normalized: true }).score, fixture.sentences.ter[i]!);
    }
  });
});

describe('pairedBootstrap equals sacreBLEU 2.6.0', () => {
  const metricOf = (name: string): Metric =>
    METRICS[name === 'BLEU' ? 'bleu' : name === 'TER' ? 'ter' : 'chrF']();

  it.each(fixture.paired)('$metric, references: $references, p = $pValue', (item) => {
    const changed = new Set(item.changed);
    const system = fixture.hypotheses.map((text, i) => (changed.has(i) ? fixture.better[i]! : text));
    const metric = metricOf(item.metric);
    const result = pairedBootstrap(fixture.hypotheses, system, fixture.references[item.references]!, {
      metric,
      samples: 200,
    });
    expect(result.metric).toBe(item.metric);
    expect(result.pValue).toBeCloseTo(item.pValue, 12);
    near(result.baseline.score, item.baseline.score);
    near(result.system.score, item.result.score);
    // sacreBLEU computes resamples in single precision.
    for (const [mine, theirs] of [
      [result.baseline, item.baseline],
      [result.system, item.result],
    ] as const) {
      expect(Math.abs(mine.mean - theirs.mean)).toBeLessThan(1e-4);
      expect(Math.abs(mine.halfWidth - theirs.halfWidth)).toBeLessThan(1e-4);
    }
    expect(result.signature.split('|').sort()).toEqual(item.signature.split('|').sort());
  });

  it('says that a system is identical to itself, where sacreBLEU calls it significant', () => {
    const references = fixture.references.one!;
    const same = pairedBootstrap(fixture.hypotheses, [...fixture.hypotheses], references, { samples: 200 });
    expect([same.identical, same.pValue]).toEqual([true, 1]);
    expect(same.system).toEqual(same.baseline);
    const lower = fixture.hypotheses.map((text) => text.toLowerCase());
    const alike = pairedBootstrap(fixture.hypotheses, lower, references, {
      metric: METRICS.ter(),
      samples: 50,
    });
    expect(alike.identical).toBe(true);
    const [, ...rest] = fixture.hypotheses;
    const other = pairedBootstrap(fixture.hypotheses, ['one word', ...rest], references, { samples: 50 });
    expect(other.identical).toBe(false);
  });

  it('finds p-values on both sides of 0.05', () => {
    const values = fixture.paired.map((item) => item.pValue);
    expect(Math.min(...values)).toBeLessThan(0.05);
    expect(Math.max(...values)).toBeGreaterThan(0.05);
  });
});

describe('bad input', () => {
  it('is named', () => {
    expect(() => bleu(['a', 'b'], ['a'])).toThrow('2 hypotheses but 1 references in set 0');
    expect(() => bleu([], [])).toThrow('there are no hypotheses');
    expect(() => chrF(['a'], [[null]])).toThrow('hypothesis 0 has no reference');
    expect(() => bleu(['a'], ['a'], { ...{ lowercased: true }, maxOrder: 4 })).toThrow(
      "did you mean 'lowercase'",
    );
    const wrong: object = { tokenizer: 'zh' };
    expect(() => bleu(['a'], ['a'], wrong)).toThrow(
      "tokenizer: received 'zh', allowed '13a', 'intl', 'char', 'none'",
    );
    const smoothing: object = { smoothing: 'exponential' };
    expect(() => bleu(['a'], ['a'], smoothing)).toThrow("allowed 'exp', 'floor', 'add-k', 'none'");
    expect(() => pairedBootstrap(['a'], ['a'], ['a'], { samples: 0 })).toThrow('samples');
    expect(() => pairedBootstrap(['a'], ['a', 'b'], ['a'])).toThrow('2 hypotheses');
  });

  it('scores nothing as 0', () => {
    const empty: Signed<BleuScore> = bleu([''], ['a b']);
    expect(empty.score).toBe(0);
    expect(empty.brevityPenalty).toBe(0);
    expect(ter([''], ['']).score).toBe(0);
    expect(ter(['a'], ['']).score).toBe(100);
  });
});
