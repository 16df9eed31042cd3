import { describe, expect, it } from 'vitest';
import { radam } from './radam';

/** r_t from the step size: stepSize = lr r sqrt(1 - beta2^t) / (1 - beta1^t). */
const rectifier = (beta2: number, update: number): number => {
  const { stepSize } = radam({ beta2 }).coefficients(update, 1);
  return (stepSize * (1 - 0.9 ** update)) / Math.sqrt(1 - beta2 ** update);
};

describe("RAdam's rectifier", () => {
  // Read off the authors' rule for every beta2 of the recipes.
  it.each([
    [0.98, [0.22, 0.82, 1]],
    [0.995, [0.11, 0.47, 0.98]],
    [0.999, [0.05, 0.22, 0.65]],
  ])('with beta2 %d at updates 10, 100, 1000', (beta2, expected) => {
    for (const [i, update] of [10, 100, 1000].entries()) {
      expect(Math.abs(rectifier(beta2, update) - expected[i]!)).toBeLessThan(0.0051);
    }
  });

  it.each([0.98, 0.99, 0.995, 0.999])('first acts at update 6 with beta2 %d', (beta2) => {
    const steps = [1, 2, 3, 4, 5, 6].map((t) => radam({ beta2 }).coefficients(t, 1).stepSize);
    expect(steps.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(steps[5]).toBeGreaterThan(0);
  });

  it('never acts where the moments are too short', () => {
    const steps = Array.from({ length: 50 }, (_, t) => radam({ beta2: 0.5 }).coefficients(t + 1, 1));
    expect(steps.every(({ stepSize, adaptive }) => stepSize === 0 && !adaptive)).toBe(true);
  });
});

describe('options', () => {
  it('are described for configs', () => {
    expect(radam({ weightDecay: 0.1 })).toMatchObject({
      name: 'radam',
      options: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.1, warmStart: 'skip' },
    });
  });

  it('that are unknown are errors', () => {
    expect(() => radam({ warmstart: 'skip' } as never)).toThrow("did you mean 'warmStart'");
    expect(() => radam({ warmStart: 'slow' as never })).toThrow(
      "radam() warmStart: received 'slow', allowed 'skip', 'momentum'.",
    );
  });
});
