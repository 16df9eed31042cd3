import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend } from '@steadyformer/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { config, withText } from './folder';
import { type Programs, programs, resultOf, start } from './process';

const long = process.env.STEADYFORMER_LONG === '1';
const UPDATES = long ? 5000 : 300;
const MB = 2 ** 20;
const root = mkdtempSync(join(tmpdir(), 'steadyformer-memory-'));
afterAll(() => rmSync(root, { recursive: true }));

let run: Programs;
beforeAll(async () => {
  run = await programs('memory');
});

const native = await selectBackend('onnxruntime').then(
  () => true,
  () => false,
);

describe.each([
  ['cpu', long],
  ['onnxruntime', native],
] as const)('%s', (backend, there) => {
  it.runIf(there)(
    `${UPDATES} updates with validation, checkpoints, logs and watching leave memory flat`,
    async () => {
      const given = config({
        backend,
        training: { updates: UPDATES },
        validation: { every: 20, bleu: true, sentences: 1 },
        checkpoints: { every: 25 },
        average: { decay: 0.9 },
        watch: { every: 10 },
      });
      const ended = await start(run, withText(join(root, backend)), { config: given }, () => {}, [
        '--expose-gc',
      ]).ended;
      expect(resultOf(ended)).toMatchObject({ ending: 'done', update: UPDATES });
      const samples = ended.lines.flatMap((line) =>
        'event' in line && line.event.event === 'checkpoint' ? [line] : [],
      );
      expect(samples.length).toBeGreaterThanOrEqual(UPDATES / 25);
      const warm = samples.slice(samples.length / 4);
      expect(new Set(warm.map(({ tensors }) => tensors)).size).toBe(1);
      const growth = (key: 'native' | 'heap'): number => {
        const [before, after] = [warm.slice(0, warm.length / 2), warm.slice(warm.length / 2)].map((half) => {
          const sorted = half.map(({ memory }) => memory[key]).sort((a, b) => a - b);
          return sorted[sorted.length >> 1]!;
        });
        return (after! - before!) / MB;
      };
      expect(growth('native')).toBeLessThan(24);
      expect(growth('heap')).toBeLessThan(4);
    },
    long ? 1_800_000 : 180_000,
  );
});
