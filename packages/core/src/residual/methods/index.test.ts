import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { methodFrom, methods } from './index';
import { postLN } from './postLN';

describe('methodFrom', () => {
  it.each(Object.keys(methods))('makes %s again from its JSON', (name) => {
    const method = methodFrom({ name });
    expect(method.name).toBe(name);
    const again = methodFrom(JSON.parse(JSON.stringify(method)) as { name: string });
    expect(again.options).toEqual(method.options);
    for (const stack of ['encoder', 'decoder'] as const) {
      for (const kind of ['selfAttention', 'feedForward']) {
        const place = placeAt({ stack, kind, endsBlock: kind === 'feedForward' });
        // Records hold makers of norms and wires, which are other functions each time.
        expect(JSON.stringify(again.plan(place))).toBe(JSON.stringify(method.plan(place)));
      }
    }
  });

  it("knows the user's own", () => {
    const own = { mine: () => ({ ...postLN(), name: 'mine' }) };
    expect(methodFrom({ name: 'mine' }, own).name).toBe('mine');
  });

  it('names what is allowed', () => {
    expect(() => methodFrom({ name: 'postNL' })).toThrow(
      "unknown residual method 'postNL', did you mean 'postLN'? Allowed: ",
    );
    expect(() => methodFrom({ name: 'admin', options: { shap: 1 } })).toThrow("did you mean 'shape'");
  });
});
