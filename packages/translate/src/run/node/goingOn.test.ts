import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent, ValidationEvent } from '../events';
import { isRegular } from '../regular';
import { runConfig } from '../runConfig';
import { checkRunFolder } from './runFolder';
import { openRunLog } from './runLog';
import { train } from './train';
import type { TrainOptions, TrainResult } from './trainOptions';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-going-on-'));
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(async () => {
  await tf.setBackend('cpu');
});

const WORDS = [
  'red',
  'blue',
  'old',
  'house',
  'car',
  'tree',
  'green',
  'river',
  'door',
  'night',
  'sea',
  'hill',
];
const lines = (end: string): string =>
  WORDS.map((word, i) => `${word}${end} ${WORDS[(i * 5 + 1) % 12]}${end}\n`).join('');
const [source, target] = [join(root, 'a.en'), join(root, 'a.de')] as [string, string];
writeFileSync(source, lines(''));
writeFileSync(target, lines('e'));

const tiny = (name: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  output: join(root, name),
  backend: 'cpu',
  replicas: 1,
  data: { train: { source, target }, holdOut: { valid: 3, test: 2 }, filter: { apply: false } },
  vocabulary: { merges: 5 },
  batches: { maxTokens: 60 },
  model: { width: 4, heads: 1, depth: 1, feedForward: 4 },
  training: { updates: 4 },
  validation: { every: 2 },
  checkpoints: { every: 1 },
  decoding: { beamSize: 1 },
  watch: { every: 0 },
  log: { every: 1, tensorBoard: false },
  ...changes,
});

/** Runs, and is stopped at the first event that is one of these. */
const stoppedAt = async (
  config: Readonly<Record<string, unknown>>,
  isIt: (event: RunEvent) => boolean,
): Promise<TrainResult> => {
  const abort = new AbortController();
  return train(config, {
    signal: abort.signal,
    onEvent: (event) => {
      if (isIt(event)) abort.abort();
    },
  });
};
const atStage = (stage: string) => (event: RunEvent) => event.event === 'progress' && event.stage === stage;

describe('a run that is stopped', () => {
  it('before there is a model, or while it is tested, says so and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const config = tiny('stopped');
    expect(await stoppedAt(config, ({ event }) => event === 'backend')).toEqual({
      ending: 'stopped',
      folder: config.output,
      update: 0,
    });
    expect(existsSync(config.output)).toBe(false);
    expect(await stoppedAt(config, atStage('testing'))).toMatchObject({ ending: 'stopped', update: 4 });
    expect(tf.memory().numTensors).toBe(before);
    const result = await train(config);
    expect(result).toMatchObject({ ending: 'done', update: 4, test: { sentences: 2 } });
    expect(JSON.parse(readFileSync(join(config.output, 'result.json'), 'utf8'))).toEqual(result);
  });

  it.each(['validating', 'testing'])('by an exception of onEvent (%s) rejects with it', async (stage) => {
    const onEvent: TrainOptions['onEvent'] = (event) => {
      if (atStage(stage)(event)) throw new Error('enough');
    };
    const before = tf.memory().numTensors;
    await expect(train(tiny(`thrown-${stage}`), { onEvent })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('a run that ended early has ended: called again it makes no more updates', async () => {
  const config = tiny('early', {
    optimizer: { peak: 1e-12, schedule: { name: 'constant', value: 1 } },
    training: { updates: 50 },
    validation: { every: 1 },
    earlyStopping: { patience: 2, minDelta: 0.1 },
  });
  const first = await train(config);
  expect(first).toMatchObject({ ending: 'early', update: 3 });
  expect(await train(config)).toEqual(first);
  // With more patience it goes on.
  const more = { ...config, earlyStopping: { patience: 3, minDelta: 0.1 } };
  expect(await train(more)).toMatchObject({ ending: 'early', update: 4 });
});

it('a validation that is in the log is not written again', async () => {
  const folder = join(root, 'log');
  mkdirSync(folder);
  const validation = (update: number): ValidationEvent => ({
    ...{ event: 'validation', update, loss: 1, perplexity: Math.E, best: true },
  });
  const first = await openRunLog(folder, { tensorBoard: false });
  for (const update of [2, 4, 6]) await first.write(validation(update));
  await first.close();
  const second = await openRunLog(folder, { tensorBoard: false, resumedAfter: 4 });
  for (const update of [4, 6]) await second.write(validation(update));
  await second.close();
  const updates = readFileSync(join(folder, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as ValidationEvent).update);
  expect(updates).toEqual([2, 4, 6]);
});

it('a folder is for a run where all in it is what a killed one leaves', async () => {
  const folder = join(root, 'left');
  mkdirSync(folder);
  const partial = (name: string) => `${name}.${'0a'.repeat(8)}.partial`;
  for (const name of ['log.jsonl', 'vocabulary.json', partial('run.json'), partial('vocabulary.json')])
    writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, 'tensorboard'));
  await expect(checkRunFolder(folder)).resolves.toBeUndefined();
  rmSync(join(folder, 'log.jsonl'));
  await expect(checkRunFolder(folder)).rejects.toThrow('it holds other things (tensorboard) and no run.json');
});

it('regular checkpoints are those that it saves by itself', () => {
  const config = runConfig(
    tiny('x', { training: { updates: 11 }, checkpoints: { every: 3 }, validation: { every: 5 } }),
  );
  const updates = Array.from({ length: 12 }, (_, i) => i + 1);
  expect(updates.filter(isRegular(config))).toEqual([3, 5, 6, 9, 10, 11, 12]);
});

it('a config without end is refused in one line', async () => {
  const circle: Record<string, unknown> = { data: { train: { source, target } } };
  circle.model = circle;
  await expect(train(circle)).rejects.toThrow(SteadyformerError);
  await expect(train(circle)).rejects.toThrow(
    'train() config: lists and records are nested deeper than 100.',
  );
});
