import { describe, expect, it } from 'vitest';
import { adam } from './adam';
import { ruleFrom } from './index';
import { radam } from './radam';
import { sgd } from './sgd';

describe('ruleFrom', () => {
  it.each([adam({ beta2: 0.999 }), radam({ warmStart: 'momentum' }), sgd({ momentum: 0.5 })])(
    'makes $name again from its JSON',
    (rule) => {
      const again = ruleFrom(JSON.parse(JSON.stringify(rule)) as { name: string });
      expect(again.options).toEqual(rule.options);
      expect(again.coefficients(9, 0.1)).toEqual(rule.coefficients(9, 0.1));
    },
  );

  it('knows defaults', () => {
    expect(ruleFrom({ name: 'adam' }).options).toEqual(adam().options);
  });

  it('names what is allowed', () => {
    expect(() => ruleFrom({ name: 'ram' })).toThrow(
      "unknown optimizer 'ram', did you mean 'adam'? Allowed: adam, radam, sgd.",
    );
    expect(() => ruleFrom({ name: 'adam', options: { beta: 1 } })).toThrow("did you mean 'beta1'");
    expect(() => ruleFrom({ name: 'sgd', options: { momentum: 1 } })).toThrow('sgd() momentum: received 1');
  });
});
