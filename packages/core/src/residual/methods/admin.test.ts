import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { admin } from './admin';
import { postLN } from './postLN';
import { preLN } from './preLN';

describe('the methods of the paper', () => {
  it('Post-LN norms the plain sum', () => {
    expect(postLN().plan(placeAt())).toEqual({
      residual: { after: 'layer', shortcutScale: { kind: 'one' }, branchScale: { kind: 'one' } },
    });
  });

  it('Pre-LN norms the branch input', () => {
    expect(preLN().plan(placeAt())).toEqual({
      residual: { before: 'layer', shortcutScale: { kind: 'one' }, branchScale: { kind: 'one' } },
    });
  });

  it.each([undefined, 'vector', 'scalar'] as const)(
    'Admin trains omega on the shortcut from a profile (%s)',
    (shape) => {
      const method = admin(shape ? { shape } : {});
      expect(method.options).toEqual({ shape: shape ?? 'vector' });
      expect(method.plan(placeAt()).residual).toEqual({
        after: 'layer',
        shortcutScale: { kind: shape ?? 'vector', initial: 'profiled' },
        branchScale: { kind: 'one' },
      });
    },
  );

  it('Admin refuses other options', () => {
    expect(() => admin({ shap: 'vector' } as never)).toThrow(
      "admin(): unknown option 'shap', did you mean 'shape'?",
    );
    expect(() => admin({ shape: 'matrix' as never })).toThrow(
      "admin() shape: received 'matrix', allowed 'vector', 'scalar'",
    );
  });
});
