import { describe, expect, it } from 'vitest';
import { noBlas } from './choose';
import { productLibrary } from './report';
import { plainBlas } from './testing';

const intel = { platform: 'linux', arch: 'x64', processor: 'Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz' };

describe('who multiplies, for people', () => {
  it('is a library, and how much faster', () => {
    const ratios = new Map([
      [1, { NN: 1.1, NT: 1.2, TN: 1.3, TT: 1.1 }],
      [2, { NN: 1.4, NT: 1.5, TN: 1.6, TT: 1.4 }],
    ]);
    const choice = { blas: plainBlas({ name: 'MKL 2026.2' }), ratios, takes: () => true, passedOver: [] };
    expect(productLibrary(choice, 'auto', 2, intel)).toEqual({
      name: 'MKL 2026.2',
      file: '/lib/libplain.so',
      ratios: [1.4, 1.5, 1.6],
      passedOver: [],
    });
  });

  it('is ONNX Runtime, and how to get a faster one where that pays', () => {
    const { advice, ...rest } = productLibrary(noBlas(), 'auto', 2, intel);
    expect(rest).toEqual({ name: 'ONNX Runtime', passedOver: [] });
    expect(advice).toMatch(/ Run: pip install mkl /);
    const silent = { name: 'ONNX Runtime', passedOver: [] };
    expect(productLibrary(noBlas(), 'none', 2, intel)).toEqual(silent);
    expect(productLibrary(noBlas(), 'auto', 2, { ...intel, processor: 'AMD EPYC' })).toEqual(silent);
    expect(productLibrary(noBlas(), 'auto', 2, { ...intel, platform: 'darwin' })).toEqual(silent);
    const passedOver = [{ file: 'a', reason: 'it is not faster' }];
    expect(productLibrary(noBlas(passedOver), 'auto', 2, intel)).toEqual({
      name: 'ONNX Runtime',
      passedOver,
    });
  });
});
