import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../framework/corpora';
import { experiment } from '../framework/experiment';
import { PRESETS, WORDS } from '../framework/item';
import { drawn, readResult, resultOf, resultsFolder } from '../framework/results';
import { readReadme, table, withTable } from '../framework/table';
import { itemNamed, items } from '.';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'experiments-items-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('has items of different names, and says which there are', () => {
  const names = items.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(() => itemNamed('fig0')).toThrow(`item: received 'fig0', allowed ${names.join(', ')}`);
});

it('has the table that the results make', async () => {
  const readme = await readReadme();
  expect(withTable(readme, await table(items))).toBe(readme);
});

describe.each(items)('$name', (item) => {
  it('has its criterion written down, and cells of every size', async () => {
    const readme = await readFile(fileURLToPath(new URL(`${item.name}/README.md`, import.meta.url)), 'utf8');
    expect(readme).toMatch(/^# /);
    expect(readme).toContain('## Criterion\n\nWritten before the run');
    for (const preset of PRESETS) {
      const keys = item.cells(item.presets[preset], [1, 2, 3]).map(({ key }) => key);
      expect(keys.length).toBeGreaterThan(0);
      expect(new Set(keys).size).toBe(keys.length);
    }
    // What all can run needs only what the repository holds.
    expect(item.corpora?.(item.presets.minute).map(missing) ?? []).not.toContainEqual(expect.any(String));
  });

  it('has a verdict and a picture that follow from the points of its result', async () => {
    const result = await readResult(item, 'small');
    if (!result) return;
    const { format: _, version: __, item: ___, verdict, ...rest } = result;
    expect((await resultOf(item, rest)).verdict).toEqual(verdict);
    expect(await drawn(item, result)).toBe(await readFile(join(resultsFolder, `${item.name}.svg`), 'utf8'));
  });

  it('runs in a form of less than a minute', async () => {
    const { numTensors } = tf.memory();
    const result = await experiment(item, {
      preset: 'minute',
      resume: false,
      dryRun: false,
      force: false,
      redraw: false,
      parallel: 1,
      here: true,
      work: join(folder, 'runs'),
      results: folder,
      log: () => {},
    });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(result!.points.length).toBeGreaterThan(0);
    for (const { word, found } of result!.verdict.claims) {
      expect(WORDS).toContain(word);
      expect(found).not.toMatch(/NaN|undefined/);
    }
    expect(existsSync(join(folder, `${item.name}-minute.svg`))).toBe(true);
  });
});
