import { readFileSync, writeFileSync } from 'node:fs';
import { randomStream, selectBackend } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { type LossCurve, RUNS, record } from './fixtures/runs';
import {
  type Divergence,
  type LossGuardOptions,
  type LossGuardState,
  lossGuard,
  type SeenUpdate,
} from './lossGuard';

/** The first divergence of a run, its state through JSON after every update. */
const guarded = (
  updates: readonly Omit<SeenUpdate, 'update'>[],
  options: LossGuardOptions = {},
): Divergence | undefined => {
  let state: LossGuardState | undefined;
  for (const [i, seen] of updates.entries()) {
    const { state: next, divergence } = lossGuard(options)({ update: i + 1, ...seen }, state);
    if (divergence) return divergence;
    state = next && JSON.parse(JSON.stringify(next));
  }
  return undefined;
};

const of = (losses: readonly number[]): SeenUpdate[] => losses.map((loss, i) => ({ update: i + 1, loss }));

/** A noisy curve: numbers of a function of the update. */
const curve = (updates: number, at: (update: number) => number, noise = 0.15): SeenUpdate[] => {
  const random = randomStream(7).normal(updates);
  return of(Array.from({ length: updates }, (_, i) => at(i + 1) + noise * random[i]!));
};

/** From 9.3 nats down to about 3, as a Transformer on 8,000 subwords. */
const learning = (update: number): number => 3 + 6.3 * Math.exp(-update / 400);

const file = new URL('./fixtures/lossCurves.json', import.meta.url);
const curves = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, LossCurve>>;

/** Of a recorded run, with the stall looked at after 300 updates. */
const verdict = ({ unigram, losses }: LossCurve, stall = 300): Divergence | undefined =>
  guarded(of(losses), { unigram, stall });

describe('a run that is sound', () => {
  it.each<readonly [string, SeenUpdate[]]>([
    ['learns', curve(3000, learning)],
    ['has spikes', curve(3000, (u) => learning(u) + (u % 500 < 40 ? 6 : 0))],
    [
      'has one long spike that it comes back from',
      curve(3000, (u) => learning(u) + (u > 1000 ? 8 * Math.exp(-(u - 1000) / 60) : 0)),
    ],
    ['begins with a bump', curve(3000, (u) => learning(u) + 3 * Math.exp(-(((u - 40) / 25) ** 2)))],
    ['waits at a plateau first', curve(3000, (u) => (u < 1500 ? 6.9 : Math.min(6.9, learning(u - 1500))))],
    ['has reached its floor', curve(3000, () => 1.9, 0.3)],
    [
      'goes on from a trained model, with a lucky first batch',
      [{ update: 1, loss: 1.4 }, ...curve(3000, () => 2, 0.3)],
    ],
    ['meets a harder part of the data', curve(3000, (u) => (u > 1500 ? 3.9 : learning(u)))],
    ['is of small batches', curve(3000, learning, 1)],
  ])('is left alone where it %s', (_, updates) => {
    expect(guarded(updates)).toBeUndefined();
    expect(guarded(updates, { unigram: 6.9 })).toBeUndefined();
  });

  it.each(['shallow admin', 'deeper admin'])('is left alone: %s, recorded', (name) => {
    expect(verdict(curves[name]!)).toBeUndefined();
  });

  it('is seen the same with label smoothing, whose floor is in the loss alone', () => {
    const smoothed = curve(3000, learning).map(({ update, loss }) => ({
      update,
      loss: 0.9 * loss + 2,
      nll: loss,
    }));
    expect(guarded(smoothed, { unigram: 3.4 })).toBeUndefined();
    expect(
      guarded(
        smoothed.map(({ update, loss }) => ({ update, loss })),
        { unigram: 3.4 },
      )?.kind,
    ).toBe('stall');
  });
});

describe('a run that diverges', () => {
  it('is stopped at once where loss, log-likelihood or gradient are not finite, with the state before it', () => {
    const guard = lossGuard();
    const { state } = guard({ update: 1, loss: 9, gradientNorm: 2 });
    for (const seen of [
      { update: 2, loss: Number.NaN },
      { update: 2, loss: Number.POSITIVE_INFINITY, gradientNorm: 1 },
      { update: 2, loss: 8, gradientNorm: Number.NaN },
      { update: 2, loss: 8, nll: Number.NaN },
    ]) {
      const found = guard(seen, state);
      expect(found.divergence).toMatchObject({
        kind: 'notFinite',
        ...(seen.loss === 8 ? { loss: 8 } : {}),
        best: 9,
      });
      expect(found.state).toEqual(state);
    }
    expect(guard({ update: 1, loss: Number.NaN, gradientNorm: 3 })).toEqual({
      state: undefined,
      divergence: {
        kind: 'notFinite',
        update: 1,
        loss: Number.NaN,
        gradientNorm: 3,
        message: "training has diverged at update 1: the loss is NaN and the gradient's norm 3",
      },
    });
  });

  it('is stopped once its loss has risen and stayed, within the patience and a horizon or two', () => {
    const found = guarded(curve(3000, (u) => (u < 1500 ? learning(u) : 12)));
    expect(found).toMatchObject({ kind: 'rise' });
    expect(found!.update).toBeGreaterThan(1598);
    expect(found!.update).toBeLessThan(1620);
    expect(found!.limit).toBeCloseTo(3.15 + 0.5 * (9.3 - 3.15), 0);
    expect(found!.message).toMatch(
      /^training has diverged at update 16\d\d: the smoothed loss is 1[12]\.?\d*, and has been above 6\.\d+ for 100 updates; it began at 9\.\d+ and was 3\.\d+ at best$/,
    );
  });

  it('is stopped where it has never learned, and where it falls back to the frequencies of tokens', () => {
    const rising = guarded(curve(600, (u) => 9 + Math.min(4, u / 10)));
    expect(rising?.kind).toBe('rise');
    expect(rising!.update).toBeLessThan(180);
    // Deep Post-LN as in the paper: 7 nats, and nothing comes of it.
    const stuck = curve(3000, (u) => 7 + 2.3 * Math.exp(-u / 100));
    expect(guarded(stuck)).toBeUndefined();
    expect(guarded(stuck, { unigram: 7 })).toMatchObject({ kind: 'stall', update: 2000 });
    const back = curve(3000, (u) => (u < 700 ? learning(u) : 6.4));
    expect(guarded(back, { unigram: 6.4 })).toMatchObject({ kind: 'rise', limit: 0.95 * 6.4 });
  });

  it('is stopped, recorded: a rate raised a hundredfold, and deep Post-LN', () => {
    const raised = verdict(curves['rate raised']!);
    expect(raised).toMatchObject({ kind: 'rise' });
    expect(raised!.update).toBeGreaterThan(350);
    expect(raised!.update).toBeLessThan(390);
    const deep = verdict(curves['deep postLN']!);
    expect(deep).toMatchObject({ kind: 'stall', update: 300 });
    expect(deep!.message).toBe(
      `training is stuck at update 300: the smoothed loss was ${Number(deep!.best!.toPrecision(4))} at best, and the ` +
        'frequencies of the tokens alone give 5.057',
    );
  });

  it('is stopped at the same update where it is resumed in between', () => {
    const updates = curve(3000, (u) => (u < 1500 ? learning(u) : 12));
    const guard = lossGuard();
    let state: LossGuardState | undefined;
    for (const seen of updates.slice(0, 1550)) state = guard(seen, state).state;
    const saved = JSON.parse(JSON.stringify(state)) as LossGuardState;
    const rest = updates.slice(1550);
    let at = 0;
    let resumed: LossGuardState | undefined = saved;
    for (const seen of rest) {
      const { state: next, divergence } = lossGuard()(seen, resumed);
      resumed = next;
      if (!divergence) continue;
      at = divergence.update;
      break;
    }
    expect(at).toBe(guarded(updates)!.update);
    expect(saved.above).toBeGreaterThan(0);
  });
});

it.each<readonly [string, unknown]>([
  ["lossGuard(): unknown option 'patient', did you mean 'patience'?", { patient: 1 }],
  ['lossGuard() share: received 0, allowed numbers in (0, 1]', { share: 0 }],
  ['lossGuard() rise: received -1, allowed numbers > 0', { rise: -1 }],
  ['lossGuard() patience: received 0.5, allowed whole numbers >= 1', { patience: 0.5 }],
  ['lossGuard() horizon: received 0, allowed whole numbers >= 1', { horizon: 0 }],
  ['lossGuard() unigram: received NaN, allowed numbers > 0', { unigram: Number.NaN }],
])('%s', (message, options) => {
  expect(() => lossGuard(options as never)).toThrow(message);
});

describe.runIf(process.env.STEADYFORMER_LONG === '1')('the recorded runs, made again', () => {
  it('have the same verdicts', { timeout: 1_200_000 }, async () => {
    await selectBackend('wasm');
    const made: Record<string, LossCurve> = {};
    for (const [name, run] of Object.entries(RUNS)) {
      made[name] = await record(run);
      expect([name, verdict(made[name])?.kind]).toEqual([name, verdict(curves[name]!)?.kind]);
    }
    if (process.env.STEADYFORMER_RECORD === '1') writeFileSync(file, JSON.stringify(made));
  });
});
