import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { adminConstant, constantOmega } from './adminConstant';

describe('constantOmega', () => {
  // The numbers of admin-torch, to four digits.
  it.each([
    [12, 2.017],
    [18, 2.3351],
    [36, 3.0408],
    [54, 3.5672],
    [72, 4.0018],
    [200, 6.0746],
  ])('for a logarithmic output change of %d branches is %d', (branches, omega) => {
    expect(constantOmega(branches)).toBeCloseTo(omega, 3);
  });

  it('makes every branch ln(N + 1) / (N + 1) of its sum', () => {
    const omega = constantOmega(36);
    expect(1 / (omega ** 2 + 1)).toBeCloseTo(Math.log(37) / 37, 12);
  });

  it('for the other targets', () => {
    expect(constantOmega(36, 'constant')).toBe(6);
    expect(constantOmega(36, 'linear')).toBe(1);
  });

  it('refuses other arguments', () => {
    expect(() => constantOmega(0)).toThrow('constantOmega branches: received 0');
    expect(() => constantOmega(6, 'fast' as never)).toThrow(
      "constantOmega target: received 'fast', allowed 'logarithmic', 'constant', 'linear'",
    );
  });
});

describe('adminConstant', () => {
  it('counts the branches of its own stack', () => {
    const scale = (branches: number): unknown =>
      adminConstant().plan(placeAt({ branches })).residual.shortcutScale;
    expect(scale(12)).toEqual({ kind: 'constant', value: constantOmega(12) });
    expect(scale(18)).toEqual({ kind: 'constant', value: constantOmega(18) });
  });

  it('trains the constant where asked', () => {
    const { residual } = adminConstant({ trainable: true, target: 'constant' }).plan(
      placeAt({ branches: 16 }),
    );
    expect(residual.shortcutScale).toEqual({ kind: 'vector', initial: 4 });
    expect(residual.after).toBe('layer');
  });

  it('refuses unknown options', () => {
    expect(() => adminConstant({ growth: 1 } as never)).toThrow("unknown option 'growth'");
  });
});
