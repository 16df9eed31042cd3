import { describe, expect, it } from 'vitest';
import { type EarlyStoppingOptions, type EarlyStoppingState, earlyStopping } from './earlyStopping';

/** The update at which validation every 10 updates stops training, through JSON each time; 0 where it does not. */
const stoppedAt = (values: readonly number[], options: EarlyStoppingOptions): number => {
  let state: EarlyStoppingState | undefined;
  for (const [i, value] of values.entries()) {
    const update = 10 * (i + 1);
    const { state: next, stop } = earlyStopping(options)({ update, value }, state);
    if (stop) return update;
    state = next && JSON.parse(JSON.stringify(next));
  }
  return 0;
};

describe('earlyStopping', () => {
  it('stops after `patience` validations without a lower loss', () => {
    const values = [5, 4, 4.1, 3.9, 4, 3.9, 3.95, 3];
    expect(stoppedAt(values, { patience: 3 })).toBe(70);
    expect(stoppedAt(values, { patience: 4 })).toBe(0);
    expect(stoppedAt([5, 5, 5, 5, 5, 5], {})).toBe(60);
    expect(stoppedAt([5, 6], { patience: 1 })).toBe(20);
  });

  it('takes a higher BLEU for the better, from 0 too', () => {
    expect(stoppedAt([0, 0, 3, 8, 12, 11, 11.5, 12], { metric: 'bleu', patience: 3 })).toBe(80);
    expect(stoppedAt([0, 0, 3, 8, 12, 11, 11.5, 12.1], { metric: 'bleu', patience: 3 })).toBe(0);
  });

  it('counts as improvements those of more than minDelta over the best, however they creep', () => {
    const creeping = [5, 4.96, 4.92, 4.88, 4.84];
    expect(stoppedAt(creeping, { patience: 2 })).toBe(0);
    // 4.88 is the first that is better than 5 by more than 0.1.
    expect(stoppedAt(creeping, { patience: 4, minDelta: 0.1 })).toBe(0);
    expect(stoppedAt(creeping, { patience: 2, minDelta: 0.1 })).toBe(30);
  });

  it('does not stop before minUpdates', () => {
    expect(stoppedAt([1, 2, 2, 2, 2, 2], { patience: 1, minUpdates: 45 })).toBe(50);
  });

  it('says what was best, and takes no NaN for it', () => {
    const look = earlyStopping({ patience: 2 });
    expect(look({ update: 10, value: Number.NaN })).toEqual({
      state: undefined,
      improved: false,
      stop: false,
    });
    const { state, improved } = look({ update: 20, value: 2.34567 });
    expect([state, improved]).toEqual([{ best: 2.34567, bestUpdate: 20, since: 0 }, true]);
    const second = look({ update: 30, value: Number.NaN }, state);
    expect(second).toEqual({ state: { ...state, since: 1 }, improved: false, stop: false });
    expect(look({ update: 40, value: 3 }, second.state).message).toBe(
      'the validation loss has not improved in 2 validations: its best was 2.346 at update 20',
    );
  });

  it.each<readonly [string, unknown]>([
    ["earlyStopping(): unknown option 'patient', did you mean 'patience'?", { patient: 3 }],
    ["earlyStopping() metric: received 'chrf', allowed 'loss', 'bleu'", { metric: 'chrf' }],
    ['earlyStopping() patience: received 0, allowed whole numbers >= 1', { patience: 0 }],
    ['earlyStopping() minDelta: received -1, allowed numbers >= 0', { minDelta: -1 }],
    ['earlyStopping() minUpdates: received NaN, allowed whole numbers >= 0', { minUpdates: Number.NaN }],
  ])('%s', (message, options) => {
    expect(() => earlyStopping(options as never)).toThrow(message);
  });
});
