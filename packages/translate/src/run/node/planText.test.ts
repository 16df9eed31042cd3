import { selectBackend } from '@steadyformer/core';
import { expect, it } from 'vitest';
import type { RunPlan } from '../runPlan';
import { planRun } from './plan';
import { planText } from './planText';

/** A plan whose numbers are all given, but for the model's. */
const given = async (): Promise<RunPlan> => {
  await selectBackend('cpu');
  const plan = await planRun(
    {
      backend: 'cpu',
      data: { train: { source: 'a', target: 'b' } },
      model: { width: 8, heads: 2, depth: 1, feedForward: 8 },
    },
    { vocabularySize: 1234 },
  );
  const update = { source: [99, 41], target: [99, 40], tokens: 3785, gradientNorm: 1 } as const;
  return {
    ...plan,
    data: {
      train: 28_995,
      valid: 1014,
      test: 1,
      dropped: { duplicate: 3, ratio: 2000 },
      tooLong: 4,
      batches: 126,
      tokens: { source: 463_987, target: 487_645 },
      padding: 0.07084,
    },
    vocabulary: { source: 1234, target: 1234, shared: true, from: 'learned' },
    training: {
      updates: 10_000,
      epochs: 79.365,
      updatesAnEpoch: 126,
      tokensAnUpdate: 3870.2,
      rates: [
        { update: 1, rate: 3.5e-7 },
        { update: 4000, rate: 1e-3 },
        { update: 10_000, rate: 0 },
      ],
    },
    measured: {
      replicas: 2,
      updates: [
        { ...update, gradientSeconds: 17.06, stepSeconds: 0.5, loss: 9.0987 },
        { ...update, gradientSeconds: 9.5, stepSeconds: 0.11, loss: null },
      ],
      tokensPerSecond: 405.26,
      secondsAnUpdate: 9.55,
      seconds: 95_500,
      peakBytes: 1.21e9,
    },
    memory: { parameters: 21_055_488, optimizer: 63_166_464, peak: 1.2149e9 },
    disk: { checkpoint: 63_166_464, checkpoints: 4, total: 273_721_344 },
    output: 'runs/multi30k',
    notes: ['One note.', 'And another.'],
  };
};

it('prints a plan', async () => {
  const [text, ...rest] = planText(await given()).split('\n\n');
  expect(text).toBe(
    [
      'backend     cpu (asked for)',
      'data        28,995 pairs to learn from, 1,014 to validate on, 1 to test on',
      '            left out: 3 duplicate, 2,000 ratio, 4 too long for a batch',
      '            an epoch: 126 batches, 463,987 source and 487,645 target tokens, 7.08 % padding',
      'vocabulary  1,234 tokens, learned from the training text',
      'training    10,000 updates of about 3,870 target tokens, 79.4 epochs of 126 updates',
      'rate        3.5e-7 at update 1, 1e-3 at update 4,000, 0 at update 10,000',
      'measured    update 1: 17.6 s, a batch of 99 x 41 and 99 x 40 (3,785 target tokens), loss 9.1',
      '            update 2: 9.61 s, a batch of 99 x 41 and 99 x 40 (3,785 target tokens), loss not finite',
      'time        26 h 32 min for all updates, 20 min an epoch; validation, checkpoints and test come on top',
      '            9.55 s an update, 405 target tokens a second, 2 replicas',
      'memory      21.1 MB parameters, 63.2 MB gradient and optimizer; 1.21 GB at most in this process so far',
      'disk        up to 274 MB in runs/multi30k: 4 checkpoints of 63.2 MB, and the model',
    ].join('\n'),
  );
  expect(rest).toHaveLength(3);
  expect(rest[0]).toContain(' 9,872  sourceEmbedding  ');
  expect(rest[0]).toContain('11,144  parameters  ');
  expect(rest[1]).toMatch(/^What weights start at:\nsourceEmbedding\.table/);
  expect(rest[2]).toBe('- One note.\n- And another.');
});

it('prints a plan without data, and long times and large files', async () => {
  const { data: _, measured, ...plan } = await given();
  const bare = planText({
    ...plan,
    training: { updates: 1, rates: [{ update: 1, rate: 0.125 }] },
    vocabulary: { source: 50, target: 70, shared: false, from: 'size' },
    memory: { parameters: 900, optimizer: 2.5e9 },
  });
  expect(bare).toContain('\nvocabulary  50 source and 70 target tokens, assumed\n');
  expect(bare).toContain('\ntraining    1 update\nrate        0.125 at update 1\n');
  expect(bare).toContain('memory      0.9 kB parameters, 2.5 GB gradient and optimizer, and the activations');
  expect(bare).not.toContain('measured');
  const times = async (seconds: number) =>
    /time {8}(.*?) for all/.exec(planText({ ...(await given()), measured: { ...measured!, seconds } }))![1];
  expect(await times(1.234)).toBe('1.23 s');
  expect(await times(89)).toBe('89 s');
  expect(await times(5399)).toBe('1 h 30 min');
  expect(await times(3_000)).toBe('50 min');
  expect(await times(172_800)).toBe('2 days');
  expect(await times(3e8)).toBe('3,472 days');
});
