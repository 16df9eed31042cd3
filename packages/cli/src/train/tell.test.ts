import type { WatchReport } from '@steadyformer/analysis';
import type { RunEvent } from '@steadyformer/translate/node';
import { describe, expect, it } from 'vitest';
import { screenOn } from '../output/screen';
import { counted, teller } from './tell';

/** What a pipe and the error stream get of events. */
const told = (...events: RunEvent[]): { readonly out: string; readonly error: string } => {
  const said = { out: '', error: '' };
  const screen = screenOn(
    {
      out: (text) => {
        said.out += text;
      },
      error: (text) => {
        said.error += text;
      },
    },
    false,
    () => 0,
  );
  events.forEach(teller(screen));
  return said;
};

const update = (at: number): RunEvent => ({
  event: 'update',
  update: at,
  updates: 1000,
  epoch: 0,
  loss: 2.34567,
  perplexity: 12.3456,
  learningRate: 0.00012345,
  gradientNorm: 0.98765,
  tokens: 100,
  tokensPerSecond: 1234.5,
  secondsLeft: 3725,
});

const report = (...paths: string[]): WatchReport => ({
  step: 1,
  branches: [],
  attentions: [],
  matrices: [],
  updates: [],
  outputChange: {},
  spikeScores: {},
  warnings: paths.map((path) => ({ kind: 'notFinite', path, value: Number.NaN, message: `${path} is odd` })),
});

describe('teller', () => {
  it('says what an update was like', () => {
    expect(told(update(10)).out).toBe(
      'train       update 10/1000  1:02:05 left  loss 2.346  perplexity 12.35  1235 tokens/s  rate 1.234e-4  gradient 0.9877\n',
    );
  });

  it('says twenty of the updates to a pipe, and the first', () => {
    const { out } = told(...Array.from({ length: 100 }, (_, i) => update(10 * (i + 1))));
    const said = out.match(/update \d+/gu)!.map((text) => Number(text.slice(7)));
    expect(said).toEqual([10, ...Array.from({ length: 20 }, (_, i) => 50 * (i + 1))]);
  });

  it('says what is learned from and what is left out', () => {
    const data = { event: 'data', train: 28_000, valid: 560, test: 0, batches: 1 } as const;
    expect(told({ ...data, tooLong: 3, dropped: { duplicate: 1200 } }).out).toBe(
      'data        28,000 to learn from (1 batch), 560 to validate on, 0 to test on; left out: duplicate 1,200, too long for a batch 3\n',
    );
    expect(told({ ...data, batches: 2, tooLong: 0, dropped: {} }).out).toMatch(
      /\(2 batches\).* 0 to test on\n$/u,
    );
  });

  it('says a model by stack where stacks differ', () => {
    const model = { event: 'model', kind: 'transformer', parameters: 61_000_000, width: 512 } as const;
    const same = { encoder: 'admin', decoder: 'admin' };
    expect(told({ ...model, depth: { encoder: 12, decoder: 6 }, method: same }).out).toBe(
      'model       transformer, admin, depth encoder 12, decoder 6, width 512, 61,000,000 parameters\n',
    );
    expect(told({ event: 'profile', omegas: { encoder: [1, 2.5], decoder: [1, 1] } }).out).toBe(
      'profile     omega encoder 1 to 2.5, decoder 1\n',
    );
  });

  it('says a warning of the watch once, and three of a look', () => {
    const { out, error } = told(
      { event: 'watch', update: 50, report: report('a', 'b', 'c', 'd', 'e') },
      { event: 'watch', update: 100, report: report('a', 'f') },
      { event: 'watch', update: 150, report: report('a') },
    );
    expect(out).toBe('');
    expect(error.split('\n')).toEqual([
      'warning: update 50: a is odd',
      'warning: update 50: b is odd',
      'warning: update 50: c is odd',
      'warning: update 50: and 2 more, in log.jsonl',
      'warning: update 100: f is odd',
      '',
    ]);
  });

  it('says the worst that a look saw beside the validation after it', () => {
    const branch = { beta: 0.5, omega: 1, kurtosis: 3, outlierFeatures: 2 };
    const look: WatchReport = {
      ...report(),
      branches: [
        { ...branch, path: 'a', ratio: 1.5, tokenCorrelation: 0.25 },
        { ...branch, path: 'b', ratio: 0.5, tokenCorrelation: 0.75 },
      ],
      attentions: [
        { path: 'a', entropy: 2, relativeEntropy: 0.5, largestLogit: 7 },
        { path: 'b', entropy: 0, largestLogit: 5 },
      ],
      matrices: [
        { path: 'm', stableRank: 12, stableRankDrift: 1 },
        { path: 'n', stableRank: 8, stableRankDrift: 1 },
      ],
      spikeScores: { loss: 0, gradientNorm: 0.01 },
    };
    const validation = { event: 'validation', update: 50, loss: 1, perplexity: Math.E, best: false } as const;
    const { out, error } = told({ event: 'watch', update: 50, report: look }, validation, validation);
    expect(error).toBe('');
    expect(out.split('\n')).toEqual([
      'validation  update 50  loss 1.000  perplexity 2.718',
      'watch       branch ratio 1.5  token correlation 0.75  attention entropy 0.5  logit 7  stable rank 8  kurtosis 3  outliers 2  spikes 0.01',
      'validation  update 50  loss 1.000  perplexity 2.718',
      '',
    ]);
  });

  it('says a checkpoint that could not be read, and where the run goes on', () => {
    const { out, error } = told({
      event: 'resumed',
      update: 10,
      folder: `${process.cwd()}/run/checkpoints/update-00000010`,
      skipped: [{ folder: '/elsewhere/update-00000020', reason: 'it is cut off' }],
    });
    expect(out).toBe('resumed     after update 10, from run/checkpoints/update-00000010\n');
    expect(error).toBe('warning: /elsewhere/update-00000020 cannot be read, it is cut off\n');
  });

  it('says scores, and the best validation', () => {
    const validation = { event: 'validation', update: 5, loss: 1, perplexity: Math.E, best: true } as const;
    expect(told({ ...validation, bleu: 31.26 }).out).toBe(
      'validation  update 5  loss 1.000  perplexity 2.718  BLEU 31.3  the best so far\n',
    );
    expect(
      told({
        event: 'test',
        sentences: 1,
        bleu: 40,
        chrF: 60.06,
        signature: 'sig',
        perplexity: 3,
        path: 'run/test.txt',
      }).out,
    ).toBe(
      'test        BLEU 40.0  chrF 60.1  perplexity 3  on 1 sentence  translations in run/test.txt\n            sig\n',
    );
  });
});

it('counts', () => {
  expect([counted(0, 'pair'), counted(1, 'pair'), counted(1e6, 'pair')]).toEqual([
    '0 pairs',
    '1 pair',
    '1,000,000 pairs',
  ]);
});
