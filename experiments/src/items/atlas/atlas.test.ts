import { describe, expect, it } from 'vitest';
import { atlas } from './atlas';
import { csvOf } from './csv';
import { compared, missed } from './earlier';
import { factsOf } from './facts';
import { fingerprint, NAMES } from './methods';
import type { LearningPoint, Point, StartPoint, TheoryPoint } from './points';
import { MINUTE, SMALL } from './sizes';
import { claimsOf } from './verdict';

const DEPTHS = [8, 16, 32, 64];

/** Networks whose changes are powers of N, times a factor of each. */
const start = (
  method: string,
  { random, aligned, first }: { readonly random: number; readonly aligned: number; readonly first: number },
  lazy: number,
): StartPoint => ({
  stage: 'start',
  width: 128,
  method,
  fingerprint: 'x',
  seeds: 3,
  seconds: 1,
  depths: DEPTHS,
  networks: [0.9, 1, 1.1].map((factor, i) => ({
    seed: i + 1,
    randomInput: DEPTHS.map(() => 0),
    random: DEPTHS.map((n) => factor * n ** random),
    alignedInput: DEPTHS.map(() => 0),
    aligned: DEPTHS.map((n) => factor * first * (n / 8) ** aligned),
  })),
  lazyDepths: [8, 64],
  lazy: [1, 2].map((seed) => ({ seed, values: [1, lazy], errors: [0, 0] })),
});

/** Theory that is right about the exponents, and off by factors. */
const theory = ({ method, networks }: StartPoint): TheoryPoint => ({
  stage: 'theory',
  width: 128,
  method,
  fingerprint: 'x',
  seeds: 3,
  seconds: 1,
  depths: DEPTHS,
  networks: networks.map((network) => ({
    ...network,
    random: network.random.map((value) => 1.25 * value!),
    aligned: network.aligned.map((value) => value! / 2),
  })),
});

const learning = (method: string, nll: (number | null)[]): LearningPoint => ({
  stage: 'learning',
  method,
  fingerprint: 'x',
  seeds: 2,
  seconds: 1,
  runs: nll.map((each, i) => ({ layers: 24, rate: 1e-3, seed: i + 1, nll: each, unigram: 5 })),
});

describe('rows of the atlas', () => {
  it('have exponents, errors of the prediction and words of both sides of growth', async () => {
    const amplifying = start('postLN', { random: 1, aligned: 3, first: 2e-6 }, 2);
    const [post, own, keel] = factsOf([
      amplifying,
      theory(amplifying),
      start('admin', { random: 0.5, aligned: 0, first: 1 }, 0.5),
      start('keel', { random: 0, aligned: 0, first: 1 }, 0.05),
    ]);
    expect(post!.random!.exponent!.value).toBeCloseTo(1, 6);
    expect(post!.random!.notation).toBe('O(N)');
    expect(post!.predicted!.random.exponent!.value).toBeCloseTo(1, 6);
    expect(post!.predicted!.worst).toBeCloseTo(0.2, 6);
    expect(post!.predicted!.aligned.exponent!.value).toBeCloseTo(3, 6);
    expect(post!.predicted!.factor).toBeCloseTo(2, 6);
    expect(own!.predicted).toBeUndefined();
    expect(post!.aligned!.exponent!.value).toBeCloseTo(3, 6);
    expect(post!.laziness).toMatchObject({ value: 2, depth: 64 });
    expect([post, own, keel].map((row) => row!.word)).toEqual(['amplifies', 'steady', 'lazy']);
  });

  it('leave out networks that overflow, and say how many networks fail to learn', async () => {
    const broken = start('postLN', { random: 1, aligned: 3, first: 1 }, 2);
    const networks = broken.networks.map((network, i) =>
      i === 0 ? { ...network, aligned: [1, 2, null, null] } : network,
    );
    const [row] = factsOf([{ ...broken, networks }, learning('postLN', [4.2, 4.92, null])]);
    expect(row!.aligned!.networks).toBe(2);
    expect(row!.random!.networks).toBe(3);
    expect(row!.learned).toMatchObject([{ layers: 24, failed: 2, of: 3 }]);
    expect(row!.learned[0]!.nll).toBeCloseTo(4.56, 6);
  });

  it('are a table of comma-separated values', async () => {
    const points: Point[] = [
      start('postLN', { random: 1, aligned: 3, first: 1 }, 2),
      {
        ...start('preLN', { random: 1, aligned: 3, first: 1 }, 2),
        networks: [],
        lazy: [],
        failed: 'no, not "so"',
      },
    ];
    const [headers, post, pre] = (await csvOf(points)).trim().split('\n');
    expect(headers).toMatch(/^method,verdict,random,random_low,random_high,random_class,random_predicted,/);
    expect(post).toMatch(/^postLN,amplifies,1,/);
    expect(pre!.split(',')).toHaveLength(headers!.split(',').length);
  });
});

/** The same networks at another width: other depths, and changes so many times as large. */
const wider = (point: StartPoint, width: number, times: number, power = 0): StartPoint => ({
  ...point,
  width,
  depths: [8, 16, 32, 64, 128],
  networks: point.networks.map((network) => ({
    ...network,
    random: [...network.random, 1].map((value, k) => times * value! * 2 ** (power * k)),
    aligned: [...network.aligned, 1].map((value, k) => times * value! * 2 ** (power * k)),
    randomInput: [0, 0, 0, 0, 0],
    alignedInput: [0, 0, 0, 0, 0],
  })),
});

describe('widths', () => {
  const narrow = start('preLN', { random: 0.5, aligned: 1.5, first: 1 }, 1);

  it('are compared over the depths that all have, in any order, and changes grow as a power of them', () => {
    const wide = wider(narrow, 512, 16);
    const [row] = factsOf([wide, theory(narrow), { ...theory(wide), width: 512 }, narrow]);
    expect(row!.aligned!.means).toHaveLength(4);
    expect(row!.aligned!.means[0]).toBeCloseTo(1, 6);
    const { depths, at, powers } = row!.widths!;
    expect(depths).toEqual([8, 16, 32, 64]);
    expect(at.map(({ width }) => width)).toEqual([128, 512]);
    expect(at[1]!.aligned.exponent!.value).toBeCloseTo(1.5, 6);
    expect(at[1]!.aligned.means[0]).toBeCloseTo(16, 6);
    expect(at[1]!.predicted!.worst).toBeCloseTo(0.2, 6);
    expect(powers.random).toBeCloseTo(2, 6);
    expect(powers.aligned).toBeCloseTo(2, 6);
    expect(factsOf([narrow])[0]!.widths).toBeUndefined();
  });

  it('agree where exponents are near, and not where one is another', () => {
    const found = (power: number) =>
      claimsOf([narrow, wider(narrow, 512, 16, power)]).find(({ claim }) => /width/.test(claim))!;
    expect(found(0)).toMatchObject({ word: 'agrees' });
    expect(found(0).found).toBe(
      'widths 128, 512, N = 8, 16, 32, 64: random 1 of 1, of them 1 within 0.3, aligned 1, of them 1',
    );
    expect(found(1)).toMatchObject({ word: 'disagrees' });
    expect(found(1).found).toMatch(/not within are Pre-LN random 0\.50, 1\.50 and aligned 1\.50, 2\.50$/);
  });

  it('are columns of the table', async () => {
    const [headers, row] = (await csvOf([narrow, wider(narrow, 512, 16)])).trim().split('\n');
    const values = Object.fromEntries(headers!.split(',').map((name, k) => [name, row!.split(',')[k]]));
    expect(values).toMatchObject({
      random_width_128: '0.5',
      aligned_width_512: '1.5',
      aligned_power_of_width: '2',
    });
  });
});

describe('the earlier measurement', () => {
  it('is met by what lies near, and says what does not', async () => {
    const near = start('postLN', { random: 1.4, aligned: 2.9, first: 2e-6 }, 2);
    expect(compared([near]).flatMap(missed)).toEqual([]);
    const far = start('preLN', { random: 1.4, aligned: 1.86, first: 7e-6 }, 2);
    const [row] = compared([far]);
    expect(missed(row!)).toEqual([
      'preLN random 1.40, then 0.49',
      'preLN D at N = 8 7.0e-6, then 7.0e-7',
      'preLN D at N = 64 3.3e-4, then 3.3e-5',
    ]);
  });
});

describe('cells', () => {
  it('are those of all methods, and of as many networks as are asked for', () => {
    const keys = (seeds: number) =>
      atlas
        .cells(
          SMALL,
          Array.from({ length: seeds }, (_, i) => i + 1),
        )
        .map(({ values }) => `${values.stage} ${values.method} ${values.networks}`);
    expect(keys(5)).toHaveLength((4 + 2 * SMALL.wide.length) * NAMES.length);
    expect(keys(5)).toContain('start preLN 5');
    expect(keys(5)).toContain('theory preLN 5');
    expect(keys(5)).toContain('trained preLN 2');
    expect(keys(1)).toContain('learning preLN 1');
  });

  it('keep the points of the same method, sizes and networks, and no others', () => {
    const cell = { key: 'x', values: { stage: 'start', method: 'preLN', networks: 2 } };
    const own = {
      ...start('preLN', { random: 1, aligned: 1, first: 1 }, 1),
      fingerprint: fingerprint(
        'preLN',
        SMALL.start.depths.map((depth) => depth / 2),
        SMALL.start,
      ),
    };
    expect(atlas.kept!(cell, SMALL, [own])).toEqual({ points: [own], seconds: 1 });
    expect(atlas.kept!(cell, MINUTE, [own])).toBeUndefined();
    expect(atlas.kept!({ ...cell, values: { ...cell.values, networks: 5 } }, SMALL, [own])).toBeUndefined();
    expect(
      atlas.kept!({ ...cell, values: { ...cell.values, method: 'postLN' } }, SMALL, [own]),
    ).toBeUndefined();
    expect(atlas.kept!(cell, SMALL, [{ ...own, failed: 'why' }])).toBeUndefined();
    expect(fingerprint('preLN', [2], {})).not.toBe(fingerprint('postLN', [2], {}));
  });
});
