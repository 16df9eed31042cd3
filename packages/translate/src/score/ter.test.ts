import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { permutation, randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { alignmentOf, beamDistance, distanceNear } from './beamDistance';
import { ter } from './ter';

interface Case {
  readonly hypothesis: string;
  readonly reference: string;
  readonly options: Readonly<Record<string, boolean>>;
  readonly score: number;
  readonly edits: number;
  readonly referenceLength: number;
}

const cases = JSON.parse(
  readFileSync(fileURLToPath(new URL('fixtures/ter.json', import.meta.url)), 'utf8'),
) as Case[];

const ours = (options: Case['options']): object =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      { no_punct: 'noPunctuation', asian_support: 'asianSupport', case_sensitive: 'caseSensitive' }[name] ??
        name,
      value,
    ]),
  );

describe('ter equals sacreBLEU 2.6.0', () => {
  it('on unusual sentences and on long ones', () => {
    expect(cases.length).toBeGreaterThan(170);
    for (const { hypothesis, reference, options, ...expected } of cases) {
      const { score, edits, referenceLength } = ter([hypothesis], [reference], ours(options));
      const said = JSON.stringify([hypothesis.slice(0, 60), reference.slice(0, 60), options]);
      expect({ edits, referenceLength }, said).toEqual({
        edits: expected.edits,
        referenceLength: expected.referenceLength,
      });
      expect(score, said).toBeCloseTo(expected.score, 10);
    }
  });

  it("where 's stands before punctuation", () => {
    const same = ["I saw the cat's."];
    expect(ter(same, same, { normalized: true }).score).toBeCloseTo(33.333, 3);
    expect(ter(same, same).score).toBe(0);
  });
});

describe('ter of long sentences', () => {
  it('of 3,000 shuffled words takes seconds', () => {
    const words = Array.from({ length: 3000 }, (_, i) => `w${i}`);
    const hypothesis = Array.from(permutation(randomStream(1), 3000), (i) => words[i]!);
    const started = performance.now();
    const { edits } = ter([hypothesis.join(' ')], [words.join(' ')]);
    expect(performance.now() - started).toBeLessThan(20_000);
    // As the whole table of every shift has it.
    expect(edits).toBe(2996);
  });
});

describe('distanceNear', () => {
  it('is the distance of the whole table, and alignments count its errors', () => {
    const random = randomStream(5);
    let at = 0;
    const draw = (below: number): number => Math.floor(random.uniformAt(at++) * below);
    for (let round = 0; round < 300; round++) {
      const [n, m, kinds] = [1 + draw(90), 1 + draw(90), 2 + draw(60)];
      const reference = Int32Array.from({ length: m }, () => draw(kinds));
      const words = Int32Array.from({ length: n }, (_, i) =>
        draw(4) > 0 && i < m ? reference[i]! : draw(kinds),
      );
      const known = beamDistance(words, reference);
      const changed = words.slice();
      const start = draw(n);
      for (let k = start; k < Math.min(n, start + draw(12)); k++) changed[k] = draw(kinds);
      expect(distanceNear(changed, known)).toBe(beamDistance(changed, reference).distance);
      const { referenceErrors, hypothesisErrors } = alignmentOf(known);
      const wrong = (errors: Uint8Array): number => errors.reduce((sum, error) => sum + error, 0);
      const [insertions, deletions] = [wrong(referenceErrors), wrong(hypothesisErrors)];
      expect(known.distance).toBeGreaterThanOrEqual(Math.max(insertions, deletions));
      expect(known.distance).toBeLessThanOrEqual(insertions + deletions);
    }
  });
});
