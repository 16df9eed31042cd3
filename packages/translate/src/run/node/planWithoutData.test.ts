import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRun } from './plan';
import type { PlanOptions } from './planOptions';
import { planText } from './planText';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-plan-'));
writeFileSync(join(root, 'other.txt'), 'something else');
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(async () => {
  await selectBackend('cpu');
});

type Changes = Readonly<Record<string, unknown>>;

const tiny = (changes: Changes = {}): Record<string, unknown> => ({
  output: join(root, 'run'),
  backend: 'cpu',
  replicas: 1,
  data: { train: { source: 'absent.en', target: 'absent.de' } },
  model: { width: 8, heads: 2, depth: 1, feedForward: 8 },
  optimizer: { peak: 0.01, schedule: { name: 'inverseSqrt', warmup: 4 } },
  training: { updates: 12 },
  ...changes,
});

describe('planRun() without data', () => {
  it('has the model and its memory, and says what it has not', async () => {
    const before = tf.memory().numTensors;
    const made = await planRun(tiny(), { vocabularySize: 1000 });
    expect(made.vocabulary).toEqual({ source: 1000, target: 1000, shared: true, from: 'size' });
    expect([made.data, made.measured, made.memory.peak, made.training.epochs]).toEqual(
      Array(4).fill(undefined),
    );
    expect(made.memory.optimizer).toBe(3 * made.memory.parameters);
    expect(made.model.rows[0]).toMatchObject({ path: 'sourceEmbedding', parameters: 8000 });
    expect(made.notes).toEqual([expect.stringContaining('No data was read')]);
    expect(existsSync(join(root, 'run'))).toBe(false);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('of two vocabularies, with one size or two', async () => {
    const config = tiny({ vocabulary: { shared: false } });
    const sizes = async (vocabularySize: NonNullable<PlanOptions['vocabularySize']>) => {
      const { source, target, shared } = (await planRun(config, { vocabularySize })).vocabulary;
      return [source, target, shared];
    };
    expect(await sizes(50)).toEqual([50, 50, false]);
    expect(await sizes({ source: 50, target: 70 })).toEqual([50, 70, false]);
  });

  it('counts what is frozen as not trained', async () => {
    const groups = [{ select: 'encoder', frozen: true }];
    const { model, memory } = await planRun(tiny({ optimizer: { groups } }), { vocabularySize: 50 });
    expect(model.trained).toBe(model.parameters - model.stacks.encoder!);
    expect(memory.optimizer).toBe(12 * model.trained);
  });
});

describe('a plan', () => {
  it('shows how the method has parameters trained', async () => {
    const method = { name: 'completeP', options: { baseDepth: 1, baseWidth: 4 } };
    const model = { width: 8, heads: 2, depth: 2, feedForward: 8, method };
    const plan = await planRun(tiny({ model }), { vocabularySize: 50 });
    expect(plan.model.training?.find(({ role }) => role === 'matrix')).toMatchObject({
      ...{ by: 'completeP', stack: 'encoder', rateFactor: 0.5, epsilonFactor: 0.25, weightDecayFactor: 2 },
    });
    expect(planText(plan)).toMatch(
      /completeP +decoder +matrix \(14\) +rate x 0.5, epsilon x 0.25, decay x 2/,
    );
  });
});

describe('what is wrong is said before anything is done', () => {
  const size = { vocabularySize: 50 };
  it.each<[string, Changes, PlanOptions, string]>([
    ['an unknown option', {}, { vocabulary: 5 } as never, "unknown option 'vocabulary'"],
    [
      'too small a size',
      {},
      { vocabularySize: 4 },
      'vocabularySize: received 4, allowed whole numbers from 5 to 16777216',
    ],
    [
      'too large a size',
      {},
      { vocabularySize: 1e12 },
      'vocabularySize: received 1000000000000, allowed whole',
    ],
    [
      'half a size',
      {},
      { vocabularySize: { source: 9 } as never },
      'allowed whole numbers from 5 to 16777216, or { source',
    ],
    [
      'two sizes of one vocabulary',
      {},
      { vocabularySize: { source: 9, target: 9 } },
      'the config has one vocabulary',
    ],
    ['an unknown key', { batchs: {} }, size, "'batchs', did you mean 'batches'"],
    ['a group that is none', { optimizer: { groups: [{ select: 'encodr' }] } }, size, 'encodr'],
    ['an unknown rule', { optimizer: { name: 'adamm' } }, size, "'adamm', did you mean 'adam'"],
    ['heads that do not fit', { model: { width: 8, heads: 3 } }, size, '3'],
    [
      'more replicas than any machine has',
      { replicas: 1025 },
      size,
      'replicas: received 1025, allowed up to 1024',
    ],
    ['text that is not there', { data: { train: { source: 'no.en', target: 'no.de' } } }, {}, 'no.en'],
  ])('%s', async (_name, changes, options, message) => {
    const [tensors, before] = [tf.memory().numTensors, readdirSync(root)];
    await expect(planRun(tiny(changes), options)).rejects.toThrow(message);
    expect([tf.memory().numTensors, readdirSync(root)]).toEqual([tensors, before]);
  });

  it('an output that holds other things', async () => {
    await expect(planRun(tiny({ output: root }), size)).rejects.toThrow('it holds other things');
  });
});
