import * as core from '@steadyformer/core';
import { methodFrom, methods, type ResidualMethod } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { codeLines, docstringOf } from './docstring';
import { data, joinsOf } from './facts';
import { names } from './names';
import { pageOf } from './page';
import { placesOf, starts } from './starts';
import { type Part, wiringOf, wiringText } from './wiring';
import { wiringSvg } from './wiringSvg';

const LN = { layer: 'LN' } as const;
const norm = (at: 'before' | 'inside' | 'after'): Part => ({ kind: 'norm', at, label: LN.layer });
const f: Part = { kind: 'branch', headScale: false };
const omega = (from: 'constant' | 'trained' | 'profiled'): Part =>
  ({
    ...{ kind: 'scale', on: 'shortcut', symbol: 'ω', from, shared: false },
  }) as Part;

const all = data();

/** Wirings of the encoder's first block. */
const wirings = (name: string): (readonly Part[])[] => {
  const method: ResidualMethod = methodFrom({ name });
  return placesOf(6)
    .filter(({ stack }) => stack === 'encoder')
    .map((place) => wiringOf(method.plan(place)));
};

describe('wiring', () => {
  it.each<[string, readonly Part[]]>([
    ['postLN', [f, norm('after')]],
    ['preLN', [norm('before'), f]],
    ['admin', [f, omega('profiled'), norm('after')]],
    ['deepNorm', [f, omega('constant'), norm('after')]],
    ['sandwich', [norm('before'), f, norm('inside')]],
    ['reZero', [f, { kind: 'scale', on: 'branch', symbol: 'α', from: 'trained', shared: true }]],
    ['subLN', [norm('before'), { ...f, innerNorm: 'LN' }]],
    ['scaleNorm', [{ kind: 'norm', at: 'before', label: 'ScaleNorm' }, f]],
    [
      'layerNormScaling',
      [
        { kind: 'norm', at: 'before', label: 'RMSNorm' },
        { kind: 'scale', on: 'read', symbol: 'ρ', from: 'constant', shared: false },
        f,
      ],
    ],
  ])('of %s is the same in every sub-layer', (name, expected) => {
    expect(wirings(name)).toEqual([expected, expected]);
  });

  it("of B2T keeps the block's input as a second stream until the block ends", () => {
    const second = { kind: 'second', read: false, written: false, firstWritten: true } as const;
    expect(wirings('b2t')).toEqual([
      [f, { ...second, from: 'first', joins: false, goesOn: true }, norm('after')],
      [f, { ...second, from: 'itself', joins: true, goesOn: false }, norm('after')],
    ]);
    expect(wiringText(wirings('b2t')[0]!)).toMatch(
      /Sum of both, then LN. Second stream: begins as the first.$/u,
    );
    expect(wiringText(wirings('b2t')[1]!)).toMatch(
      /Second stream: as it came, joins the sum of the first, ends.$/u,
    );
  });

  it('of several streams says what their weights are', () => {
    const [first] = wirings('hyperConnections');
    expect(first).toContainEqual({ kind: 'many', weights: 'hyper-connections', gives: ['a', 'B', 'c'] });
    expect(wiringText(first!)).toBe(
      'Branch: x, RMSNorm, f. Shortcut: x. Sum of both. Several streams X: the branch reads a X, B X is carried on, c times the branch is added; a, B, c by hyper-connections.',
    );
    const svg = wiringSvg(first!, 'Hyper-connections');
    expect([...svg.matchAll(/class="symbol">([^<]+)</gu)].map(([, letter]) => letter)).toEqual([
      ...['f', 'a', 'B', 'c', 'X', "X'"],
    ]);
    expect(wiringText(wirings('resiDual')[0]!)).toContain('Second stream: as it came, takes in the branch.');
  });

  it('of NormFormer differs by the branch', () => {
    expect(wirings('normFormer')).toEqual([
      [norm('before'), { ...f, headScale: true }, norm('inside')],
      [norm('before'), { ...f, innerNorm: 'LN' }, omega('trained')],
    ]);
  });

  it('of HybridNorm says what attention norms within', () => {
    const rms: Part = { kind: 'norm', at: 'after', label: 'RMSNorm' };
    expect(wirings('hybridNorm')).toEqual([[{ ...f, innerNorm: 'N(q, k, v)' }, rms], [f]]);
  });

  it('is drawn with one element a part, in words for those who do not see it', () => {
    const parts = wirings('b2t')[1]!;
    const svg = wiringSvg(parts, 'B2T');
    const classes = [...svg.matchAll(/<g class="([a-z ]+)">/gu)].map(([, name]) => name);
    expect(classes).toEqual(['branch', 'stream', 'norm', 'sum']);
    expect(svg).toContain('role="img" aria-label="B2T: Branch: x, f. Shortcut: x.');
    expect(svg).not.toMatch(/(?:fill|stroke)="(?!none|currentColor)/u);
    expect(wiringText(wirings('admin')[0]!)).toBe(
      'Branch: x, f. Shortcut: x, times ω (trained, set from data). Sum of both, then LN.',
    );
  });
});

it('puts joins that differ in numbers alone into one picture', () => {
  expect(joinsOf('deepNorm').map(({ of, formula }) => [of, formula])).toEqual([['', "x' = LN(ω x + f(x))"]]);
  expect(joinsOf('b2t').map(({ of, formula }) => [of, formula])).toEqual([
    ['self-attention', "x₁' = LN(x₁ + f(x₁)), x₂' = x₁"],
    ['feed-forward', "x₁' = LN(x₁ + x₂ + f(x₁))"],
    ['cross-attention', "x₁' = LN(x₁ + f(x₁)), x₂' = x₂"],
  ]);
  expect(joinsOf('siameseNorm').map(({ of, formula }) => [of, formula])).toEqual([
    ['', "x₁' = RMSNorm(x₁ + c f(RMSNorm(x₁ + RMSNorm(x₂)))), x₂' = x₂ + f(RMSNorm(x₁ + RMSNorm(x₂)))"],
  ]);
});

it('shows joins of every block where blocks differ', () => {
  expect(joinsOf('keel').map(({ of, formula }) => [of, formula])).toEqual([
    ['first block, attention', "x' = x + f(RMSNorm(x))"],
    ['first block, feed-forward and attention', "x' = RMSNorm(x + f(RMSNorm(x)))"],
    ['later blocks', "x' = RMSNorm(ω x + f(RMSNorm(x)))"],
  ]);
  expect(joinsOf('mixLN').map(({ of }) => of)).toEqual(['first 3 of 12 blocks', 'later blocks']);
  expect(joinsOf('spanNorm').map(({ of, formula }) => [of, formula])).toEqual([
    ['first block, self-attention', "x₁' = RMSNorm(x₁ + f(RMSNorm(x₁))), x₂' = x₁"],
    ['feed-forward', "x₁' = RMSNorm(x₂ + f(x₁))"],
    ['cross-attention', "x₁' = RMSNorm(x₁ + f(x₁)), x₂' = x₂"],
    ['later blocks, self-attention', "x₁' = RMSNorm(x₁ + f(x₁)), x₂' = x₁"],
  ]);
  expect(joinsOf('layerNormScaling').map(({ of, formula }) => [of, formula])).toEqual([
    ['', "x' = x + f(ρ RMSNorm(x))"],
  ]);
});

it('says how starts differ from block to block', () => {
  const rows = (name: string) => starts(methodFrom({ name })).map(({ what, values }) => [what, ...values]);
  expect(rows('keel')[0]).toEqual(['ω', '1, then 12', '1, then 36', '1, then 120']);
  // l^(-1/2) of the last block.
  expect(rows('layerNormScaling')).toEqual([['ρ', '1 to 0.408', '1 to 0.236', '1 to 0.129']]);
  const page = (name: string) => pageOf(all.find((facts) => facts.name === name)!);
  expect(page('keel')).toContain('all but the first');
  expect(page('deepNorm')).not.toContain('all but the first');
});

it('has rows of starts by quantity and stack', () => {
  // (2 L)^(1/4) and (8 L)^(-1/4) alone; of an encoder-decoder 0.81 (L^4 M)^(1/16) and (3 M)^(1/4).
  const rows = starts(methodFrom({ name: 'deepNorm' })).filter(({ what }) => what === 'ω');
  expect(rows.map(({ where }) => where)).toEqual(['encoder', 'decoder', 'language model']);
  expect(rows.map(({ values }) => values[1])).toEqual([
    expect.closeTo(0.81 * 18 ** (5 / 16), 10),
    expect.closeTo(54 ** 0.25, 10),
    expect.closeTo(36 ** 0.25, 10),
  ]);
  expect(starts(methodFrom({ name: 'postLN' }))).toEqual([]);
  expect(starts(methodFrom({ name: 'subLN' }))[1]!.where).toBe("decoder's self-attention and feed-forward");
});

it('counts lines with code alone', () => {
  // Three lines of a record, one that opens and one that closes it.
  expect(codeLines('packages/core/src/residual/methods/postLN.ts')).toBe(5);
});

describe('the pages', () => {
  it("are exactly those of the code's methods", () => {
    expect(all.map(({ name }) => name)).toEqual(Object.keys(methods));
    expect(names().map(({ name }) => name)).toEqual(Object.keys(methods));
  });

  it.each(all)('of $name name a source, and a function of core', ({ name, doc, title }) => {
    expect(doc.sources.length).toBeGreaterThan(0);
    for (const { title: work, url } of doc.sources) {
      expect(work).toMatch(/^\S+.* (?:19|20)\d\d, \S/u);
      expect(url).toMatch(/^https:\/\//u);
    }
    expect(docstringOf(name).text.length).toBeGreaterThan(20);
    expect(title).not.toBe('');
    const make = (core as unknown as Record<string, () => ResidualMethod>)[name]!;
    expect(make().name).toBe(name);
    const page = pageOf(all.find((facts) => facts.name === name)!);
    for (const { url } of doc.sources) expect(page).toContain(`(${url})`);
    expect(page).toContain(`const method = ${name}();`);
  });

  it('say how parameters are trained where the method does', () => {
    const rows = (name: string) => all.find((facts) => facts.name === name)!.training;
    expect(rows('preLN')).toBeUndefined();
    expect(rows('completeP')!.factors).toEqual(
      ['matrices', 'biases', 'norms'].map((of) => ({
        what: `epsilon, ${of} of branches`,
        values: [6, 18, 60].map((depth) => 2 / depth),
      })),
    );
    expect(rows('depthMuP')!.factors[0]!.what).toBe('learning rate, matrices of branches');
    expect(pageOf(all.find(({ name }) => name === 'lipschitz')!)).toContain(
      'After every update matrices of branches: singular values \\<= sqrt(outputs / inputs).',
    );
    expect(pageOf(all.find(({ name }) => name === 'postLN')!)).not.toContain('How it is trained');
  });

  it('say what theory predicts of a random step', () => {
    const growth = Object.fromEntries(all.map((facts) => [facts.name, facts.growth]));
    expect(growth.postLN!.notation).toBe('O(N)');
    expect(growth.admin!.notation).toBe('O(log N)');
    expect(growth.admin!.changes[2]! / growth.admin!.changes[0]!).toBeLessThan(3);
    expect(growth.postLN!.changes[2]! / growth.postLN!.changes[0]!).toBeGreaterThan(8);
    // Norms inside branches and squashes in place of norms are known as well.
    for (const name of ['dyT', 'subLN', 'normFormer', 'hybridNorm']) expect(growth[name]).toBeDefined();
  });
});
