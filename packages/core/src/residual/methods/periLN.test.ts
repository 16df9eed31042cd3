import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { needsFinalNorm } from '../residual';
import { periLN } from './periLN';
import { sandwich } from './sandwich';

describe('Peri-LN', () => {
  it('norms the branch on both sides by RMSNorm, and the stack at its end', () => {
    const { residual, initGains } = periLN().plan(placeAt());
    expect(residual).toMatchObject({ before: 'rms', inside: 'rms', shortcutScale: { kind: 'one' } });
    expect(residual.after).toBeUndefined();
    expect(initGains).toBeUndefined();
    expect(needsFinalNorm(residual)).toBe(true);
  });

  it("with LayerNorm is CogView's sandwich", () => {
    expect(periLN({ norm: 'layer' }).plan(placeAt())).toEqual(sandwich().plan(placeAt()));
  });

  it('refuses other options', () => {
    expect(() => periLN({ norm: 'scale' as never })).toThrow(
      "periLN() norm: received 'scale', allowed 'rms', 'layer'",
    );
    expect(() => periLN({ norms: 'rms' } as never)).toThrow("did you mean 'norm'");
  });
});
