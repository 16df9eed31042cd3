import { describe, expect, it } from 'vitest';
import { checkBlas } from './check';
import { plainBlas, plainSgemm } from './testing';

describe('a check of small products', () => {
  it('lets a library pass that computes rightly, on one thread and on all', () => {
    const threads: number[] = [];
    checkBlas(plainBlas({ useThreads: (count) => threads.push(count) }), 4);
    expect(threads).toEqual([1, 4]);
  });

  it.each<[string, (args: unknown[]) => unknown[]]>([
    ['reads the first side as it lies', (args) => args.with(1, 111).with(8, args[5])],
    ['reads the second side as it lies', (args) => args.with(2, 111).with(10, args[4])],
    ['adds to what was there', (args) => args.with(11, 1)],
    ['leaves out the last column', (args) => args.with(4, (args[4] as number) - 1)],
    ['leaves out the last addend', (args) => args.with(5, (args[5] as number) - 1)],
  ])('sees one that %s', (_, spoil) => {
    const wrong = plainBlas({ sgemm: (...args) => plainSgemm(...spoil(args)) });
    expect(() => checkBlas(wrong, 1)).toThrow(
      /^The BLAS library '\/lib\/libplain\.so' computes wrongly \(an entry of .* is .*, not .*\)\. Install another build, or set STEADYFORMER_BLAS=none\.$/,
    );
  });
});
