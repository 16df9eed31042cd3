import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend } from '@steadyformer/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ranksTogether } from '../../../testing/ranksTogether';
import { loadCheckpoint } from '../../checkpoint/node/checkpointFolder';
import type { Ranks } from '../../training/ranks';
import type { RunEvent } from '../events';
import { runConfig } from '../runConfig';
import { train } from './train';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-outer-'));
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(() => selectBackend('cpu'));
const text = join(root, 'text.txt');
const WORDS = ['red', 'blue', 'old', 'house', 'car', 'tree'];
writeFileSync(
  text,
  Array.from(
    { length: 60 },
    (_, i) => `${WORDS[(i * 5) % 6]} ${WORDS[(i >> 1) % 6]} ${WORDS[(i >> 3) % 6]} ${'x'.repeat(i % 5)}\n\n`,
  ).join(''),
);

const base = {
  kind: 'languageModel',
  backend: 'cpu',
  replicas: 1,
  data: { train: text, holdOut: { valid: 4, test: 0 } },
  vocabulary: { merges: 4 },
  batches: { maxTokens: 48, length: 12 },
  model: { width: 4, heads: 1, depth: 1 },
  training: { updates: 8 },
  optimizer: { peak: 0.01, schedule: { name: 'inverseSqrt', warmup: 3 } },
  validation: { every: 4 },
  checkpoints: { every: 2, keep: 9 },
  watch: { every: 2 },
  log: { every: 1, tensorBoard: false },
};
const outer = { every: 2, rate: 0.7, momentum: 0.9 };

interface Ran {
  readonly events: RunEvent[];
  readonly ending: string;
}
const run = async (
  output: string,
  given: Record<string, unknown>,
  { ranks, stopAt }: { readonly ranks?: Ranks; readonly stopAt?: number } = {},
): Promise<Ran> => {
  const stop = new AbortController();
  const events: RunEvent[] = [];
  const { ending } = await train(
    { ...base, ...given, output: join(root, output) },
    {
      signal: stop.signal,
      ...(ranks ? { ranks } : {}),
      onEvent: (event) => {
        events.push(event);
        if (event.event === 'update' && event.update === stopAt) stop.abort();
      },
    },
  );
  return { events, ending };
};
const lastOf = async (output: string) => {
  const { parameters, training } = await loadCheckpoint(join(root, output, 'checkpoints/update-00000008'));
  const { m, v, outer } = training!.optimizer;
  return { parameters, m, v, outer, position: training!.position };
};
const losses = ({ events }: Ran): number[] =>
  events.flatMap((event) => (event.event === 'update' ? [event.loss] : []));

describe('a run with outer steps', () => {
  it('alone, at every update and by the mean, is the run without them to the bit', async () => {
    const plain = await run('plain', {});
    const stepped = await run('stepped', { outer: { every: 1, rate: 1, momentum: 0 } });
    expect(losses(stepped)).toEqual(losses(plain));
    expect(await lastOf('stepped')).toEqual(await lastOf('plain'));
  });

  it('goes on to the bit after a stop, which comes after an outer step', async () => {
    await run('whole', { outer });
    const { ending } = await run('parts', { outer }, { stopAt: 3 });
    expect(ending).toBe('stopped');
    expect(readdirSync(join(root, 'parts/checkpoints'))).toContain('update-00000004');
    expect((await run('parts', { outer })).ending).toBe('done');
    const whole = await lastOf('whole');
    expect(await lastOf('parts')).toEqual(whole);
    expect(whole.outer!.length).toBeGreaterThan(0);
  });

  it('between two ranks, one of which is asked to stop: both do, and go on with a warning', async () => {
    const joined = { outer: { ...outer, precision: 'int8', delay: 1 } };
    const first = await Promise.all(
      ranksTogether(2).map((ranks) =>
        run('joined', joined, { ranks, ...(ranks.rank === 1 ? { stopAt: 3 } : {}) }),
      ),
    );
    expect(first.map(({ ending }) => ending)).toEqual(['stopped', 'stopped']);
    const second = await Promise.all(ranksTogether(2).map((ranks) => run('joined', joined, { ranks })));
    expect(second.map(({ ending }) => ending)).toEqual(['done', 'done']);
    const warnings = second[0]!.events.flatMap((event) => (event.event === 'warning' ? [event.message] : []));
    expect(warnings).toContainEqual(expect.stringContaining('go on with the moments of rank 0'));
    expect(losses(second[0]!)).not.toEqual(losses(second[1]!));
  });

  it('ends on all ranks where training diverges', async () => {
    const wild = { outer: { every: 2, rate: 1, momentum: 0 }, optimizer: { name: 'sgd', peak: 1e30 } };
    const all = await Promise.all(ranksTogether(2).map((ranks) => run('wild', wild, { ranks })));
    expect(all.map(({ ending }) => ending)).toEqual(['diverged', 'diverged']);
  });
});

it.each<readonly [string, Record<string, unknown>]>([
  ['training.updates 9 is no multiple of outer.every, 2', { training: { updates: 9 } }],
  ['validation.every 3 is no multiple of outer.every, 2', { validation: { every: 3 } }],
  ['checkpoints.every 5 is no multiple of outer.every, 2, ', { checkpoints: { every: 5 } }],
  ['outer.every and training.epochs: an epoch may end', { training: { updates: 8, epochs: 2 } }],
  ['outer.every and average.decay: ', { average: { decay: 0.9 } }],
  ['config.outer.delay: received 2, allowed whole numbers below every, 2', { outer: { every: 2, delay: 2 } }],
  ["config.outer.precision: received 'int4'", { outer: { every: 2, precision: 'int4' } }],
  ['config.outer.momentum: received 1, allowed numbers in [0, 1)', { outer: { every: 2, momentum: 1 } }],
  ["unknown option 'evry'", { outer: { evry: 2 } }],
])('%s', (message, given) => {
  expect(() => runConfig({ ...base, outer, ...given })).toThrow(message);
});

it('leaves any numbers of updates to runs without outer steps', () => {
  expect(runConfig({ ...base, training: { updates: 9 }, validation: { every: 5 } }).outer.every).toBe(0);
});
