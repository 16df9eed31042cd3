import { describe, expect, it } from 'vitest';
import { chooseBlas, type Means } from './choose';
import type { Blas } from './library';
import type { Ratios } from './probe';
import { plainBlas } from './testing';

const all = (ratio: number): Ratios => ({ NN: ratio, NT: ratio, TN: ratio, TT: ratio });

/** Means that note what is done: libraries by path, with their ratios or what is wrong with them. */
const means = (
  libraries: Readonly<Record<string, Ratios | string>>,
  kept: Map<string, Ratios> = new Map(),
): Means & { readonly done: string[]; readonly kept: Map<string, Ratios> } => {
  const done: string[] = [];
  return {
    done,
    kept,
    candidates: () => Object.keys(libraries),
    load: (path) => {
      done.push(`load ${path}`);
      const library = libraries[path];
      if (typeof library === 'string') throw new Error(library);
      return plainBlas({ path });
    },
    check: ({ path }: Blas) => void done.push(`check ${path}`),
    measure: ({ path }, threads) => {
      done.push(`measure ${path} ${threads}`);
      return libraries[path] as Ratios;
    },
    verdicts: { get: (key) => kept.get(key), put: (key, ratios) => void kept.set(key, ratios) },
    key: (path, threads) => `${path} ${threads}`,
  };
};

describe('who multiplies', () => {
  it("looks for nothing under 'none'", () => {
    const here = means({ a: all(2) });
    const choice = chooseBlas('none', 2, { ...here, candidates: () => expect.unreachable() });
    expect(choice).toMatchObject({ passedOver: [] });
    expect(choice.blas).toBeUndefined();
    expect(choice.takes('NN', 1, 64)).toBe(false);
    expect(here.done).toEqual([]);
  });

  it('is a library that was measured to be faster, checked before', () => {
    const here = means({ a: all(1.3) });
    const { blas, takes, ratios } = chooseBlas('auto', 2, here);
    expect(blas?.path).toBe('a');
    expect(here.done).toEqual(['load a', 'check a', 'measure a 1', 'measure a 2']);
    expect([...ratios.keys()]).toEqual([1, 2]);
    expect(takes('NT', 2, 64)).toBe(true);
    // What was not measured is not taken: thin products, other numbers of threads.
    expect(takes('NT', 2, 63)).toBe(false);
    expect(takes('NT', 3, 64)).toBe(false);
  });

  it('checks, but does not measure, what is known', () => {
    const { kept } = means({});
    chooseBlas('auto', 2, means({ a: all(1.3) }, kept));
    const again = means({ a: all(1.3) }, kept);
    expect(chooseBlas('auto', 2, again).blas?.path).toBe('a');
    expect(again.done).toEqual(['load a', 'check a']);
    // One more number of threads is measured alone.
    const more = means({ a: all(1.3) }, kept);
    chooseBlas('auto', 4, more);
    expect(more.done).toEqual(['load a', 'check a', 'measure a 4']);
  });

  it('takes the forms in which it is faster', () => {
    const here = means({ a: { NN: 0.98, NT: 1.09, TN: 1.4, TT: 0.98 } });
    const { takes } = chooseBlas('auto', 1, here);
    expect((['NN', 'NT', 'TN', 'TT'] as const).map((form) => takes(form, 1, 64))).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  it('passes over what is slower, and does not load it again', () => {
    const kept = new Map<string, Ratios>();
    const first = chooseBlas('auto', 1, means({ a: all(1.04) }, kept));
    expect(first.blas).toBeUndefined();
    expect(first.takes('NN', 1, 64)).toBe(false);
    expect(first.passedOver).toEqual([
      { file: 'a', reason: 'it is not faster than ONNX Runtime here (1.04 times as fast at best)' },
    ]);
    const again = means({ a: all(1.04) }, kept);
    expect(chooseBlas('auto', 1, again).passedOver).toEqual(first.passedOver);
    expect(again.done).toEqual([]);
  });

  it('goes on to the next where one cannot be used, or computes wrongly', () => {
    const here = means({
      broken: 'it cannot be loaded',
      wrong: all(9),
      slow: all(0.5),
      good: all(1.2),
      rest: all(3),
    });
    const check = ({ path }: Blas): void => {
      if (path === 'wrong') throw new Error('it computes wrongly');
    };
    const { blas, passedOver } = chooseBlas('auto', 1, { ...here, check });
    expect(blas?.path).toBe('good');
    expect(passedOver.map(({ file, reason }) => `${file}: ${reason}`)).toEqual([
      'broken: it cannot be loaded',
      'wrong: it computes wrongly',
      'slow: it is not faster than ONNX Runtime here (0.50 times as fast at best)',
    ]);
    expect(here.done).not.toContain('load rest');
    expect(here.kept.has('wrong 1')).toBe(false);
  });

  it('is the library that is named, slower or not, for every form', () => {
    const here = means({ a: all(0.5) });
    const { blas, takes, ratios } = chooseBlas('a', 2, here);
    expect(blas?.path).toBe('a');
    expect(takes('TT', 2, 1)).toBe(true);
    expect(ratios.get(2)).toEqual(all(0.5));
  });

  it('fails where the one that is named cannot be used', () => {
    expect(() => chooseBlas('a', 1, means({ a: 'it cannot be loaded', b: all(2) }))).toThrow(
      'it cannot be loaded',
    );
  });
});
