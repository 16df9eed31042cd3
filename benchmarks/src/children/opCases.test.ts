import { describe, expect, it } from 'vitest';
import { ONE_ELEMENT, opCases, opName, roughWork } from './opCases';

describe('opCases', () => {
  const all = opCases(false);

  it('have names of their own', () => {
    const names = all.map(opName);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain(ONE_ELEMENT);
    expect(names).toContain("a' b 256x1024x1024 (warm)");
  });

  it('cover every form of product', () => {
    const products = all.flatMap((op) => (op.kind === 'product' ? [op.product] : []));
    for (const stacked of [false, true]) {
      const forms = products.filter(({ batch }) => batch > 1 === stacked);
      expect(new Set(forms.map(({ transposeA, transposeB }) => `${transposeA} ${transposeB}`)).size).toBe(3);
    }
  });

  it('are all small where it is to be quick', () => {
    expect(Math.max(...opCases(true).map(roughWork))).toBeLessThan(1e6);
  });
});
