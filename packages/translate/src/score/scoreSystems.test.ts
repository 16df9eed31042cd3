import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bleu, bleuMetric } from './bleu';
import { chrF, chrFMetric } from './chrF';
import { scoreSentence } from './scoreSentence';
import { scoreSystems } from './scoreSystems';
import { ter, terMetric } from './ter';

interface Paired {
  readonly metric: string;
  readonly references: string;
  readonly changed: number[];
  readonly pValue: number;
  readonly baseline: { readonly score: number; readonly halfWidth: number };
  readonly result: { readonly score: number; readonly halfWidth: number };
  readonly signature: string;
}

/** Made by sacreBLEU; see the script beside it. */
const fixture: {
  readonly hypotheses: string[];
  readonly better: string[];
  readonly references: Record<string, (string | null)[][]>;
  readonly paired: Paired[];
} = JSON.parse(readFileSync(fileURLToPath(new URL('fixtures/sacrebleu.json', import.meta.url)), 'utf8'));

const { hypotheses, better } = fixture;
const one = fixture.references.one as string[][];

describe('scoreSystems', () => {
  it.each(fixture.paired)("has sacreBLEU's scores, intervals and p-values: $metric, p = $pValue", (item) => {
    const changed = new Set(item.changed);
    const texts = hypotheses.map((text, i) => (changed.has(i) ? better[i]! : text));
    const metric = { BLEU: bleuMetric, TER: terMetric }[item.metric] ?? chrFMetric;
    const { metrics } = scoreSystems(
      [
        { name: 'first', texts: hypotheses },
        { name: 'second', texts },
        { name: 'again', texts: hypotheses },
      ],
      fixture.references[item.references]!,
      { metrics: [metric()], samples: 200 },
    );
    expect(metrics).toHaveLength(1);
    const [{ systems, signature, better: direction, metric: name }] = metrics as [(typeof metrics)[0]];
    expect([name, direction]).toEqual([item.metric, item.metric === 'TER' ? 'lower' : 'higher']);
    expect(systems.map(({ system }) => system)).toEqual(['first', 'second', 'again']);
    for (const [i, expected] of [item.baseline, item.result].entries()) {
      expect(systems[i]!.score).toBeCloseTo(expected.score, 9);
      expect(systems[i]!.halfWidth).toBeCloseTo(expected.halfWidth, 3);
    }
    expect(systems[0]).not.toHaveProperty('pValue');
    expect(systems[1]!.pValue).toBeCloseTo(item.pValue, 12);
    expect(systems[2]!.pValue).toBe(1);
    expect(signature.split('|').sort()).toEqual(item.signature.split('|').sort());
  });

  it('has BLEU, chrF, chrF++ and TER unless told otherwise; without resamples scores alone', () => {
    const report = scoreSystems([{ name: 'it', texts: hypotheses }], one, { samples: 0 });
    expect(report.sentences).toBe(hypotheses.length);
    expect(report.metrics).toEqual(
      [
        bleu(hypotheses, one),
        chrF(hypotheses, one),
        chrF(hypotheses, one, { wordOrder: 2 }),
        ter(hypotheses, one),
      ].map(({ score, signature }, i) => ({
        metric: ['BLEU', 'chrF2', 'chrF2++', 'TER'][i],
        better: i === 3 ? 'lower' : 'higher',
        signature,
        systems: [{ system: 'it', score }],
      })),
    );
  });

  it('refuses what cannot be compared', () => {
    const it = { name: 'a', texts: hypotheses };
    expect(() => scoreSystems([], one)).toThrow('systems: received [], allowed a list of one');
    expect(() => scoreSystems([it, it], one)).toThrow("systems[1].name: received 'a', allowed another name");
    expect(() => scoreSystems([{ name: 'a', texts: ['x'] }], one)).toThrow('1 hypotheses but');
    expect(() => scoreSystems([it], one, { samples: -1 })).toThrow('samples');
    const wrong: object = { metrics: ['bleu'] };
    expect(() => scoreSystems([it], one, wrong)).toThrow('a list of metrics such as bleuMetric() makes');
    const unknown: object = { sample: 3 };
    expect(() => scoreSystems([it, { ...it, name: 'b' }], one, unknown)).toThrow("did you mean 'samples'");
  });
});

describe('scoreSentence', () => {
  it('says what a paper would print', () => {
    const signature = 'nrefs:1|case:mixed';
    const report = {
      sentences: 1000,
      samples: 1000,
      metrics: [
        {
          metric: 'BLEU',
          better: 'higher' as const,
          signature,
          systems: [
            { system: 'Post-LN', score: 33.12, mean: 33.1, halfWidth: 1.61 },
            { system: 'Admin', score: 34.78, mean: 34.8, halfWidth: 1.64, pValue: 1 / 1001 },
            { system: 'Pre-LN', score: 32.9, mean: 34.8, halfWidth: 1.55, pValue: 0.2104 },
          ],
        },
      ],
    };
    expect(scoreSentence(report)).toBe(
      'On 1000 sentences Post-LN has BLEU 33.1 ± 1.6; Admin has BLEU 34.8 ± 1.6, against Post-LN +1.7 BLEU (p < 0.001); ' +
        'Pre-LN has BLEU 32.9 ± 1.6, against Post-LN -0.2 BLEU (p = 0.210). Intervals are of 95 %, p-values of paired ' +
        'bootstrap resampling, by 1000 resamples (Koehn, 2004). sacreBLEU signatures: BLEU nrefs:1|case:mixed.',
    );
    expect(scoreSentence({ ...report, metrics: [] })).toBe('');
  });
});
