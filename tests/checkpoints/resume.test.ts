import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { selectBackend } from '@steadyformer/core';
import type { StepReport } from '@steadyformer/translate';
import { loadCheckpoint } from '@steadyformer/translate/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundled } from '../support/bundle';
import type { ResumeOptions } from './resume.entry';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-resume-'));
afterAll(() => rmSync(root, { recursive: true }));

let program = '';
let entry = '';
beforeAll(async () => {
  program = fileURLToPath(await bundled(new URL('resume.entry.ts', import.meta.url), 'resume'));
  entry = (await bundled(new URL('../replicas/translation.entry.ts', import.meta.url), 'resume-replica'))
    .href;
});

const native = await selectBackend('onnxruntime').then(
  () => true,
  () => false,
);

/** Trains in a process of its own. */
const train = async (options: ResumeOptions): Promise<StepReport[]> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    JSON.stringify({ entry, ...options }),
  ]);
  return JSON.parse(stdout) as StepReport[];
};

const HALF = 3;
/** Seven processes and their threads. */
const PATIENCE = 180_000;

describe.each([
  ['one thread, cpu', { backend: 'cpu', replicas: 0 }, true],
  ['one thread, onnxruntime', { backend: 'onnxruntime', replicas: 0 }, native],
  ['replicas in two threads', { backend: 'onnxruntime', replicas: 2 }, native],
] as const)('training that was stopped and goes on in a new process (%s)', (name, kind, there) => {
  const at = (part: string): string => join(root, name.replaceAll(/\W/gu, ''), part);

  it.runIf(there)(
    'ends with the same bits: reports, weights and moments',
    async () => {
      const [whole, first] = await Promise.all([
        train({ ...kind, to: at('whole'), updates: 2 * HALF, seed: 3 }),
        train({ ...kind, to: at('first'), updates: HALF, seed: 3 }),
      ]);
      const second = await train({ ...kind, from: at('first'), to: at('second'), updates: HALF, seed: 3 });
      expect(whole).toHaveLength(2 * HALF);
      expect(whole.at(-1)!.update).toBe(2 * HALF);
      expect(whole.at(-1)!.epoch).toBeGreaterThan(first.at(-1)!.epoch);
      expect([...first, ...second]).toEqual(whole);
      for (const file of ['checkpoint.json', 'model.safetensors', 'optimizer.safetensors']) {
        expect(
          readFileSync(join(at('second'), file)).equals(readFileSync(join(at('whole'), file))),
          file,
        ).toBe(true);
      }
      const { parameters } = await loadCheckpoint(at('first'));
      const trained = (await loadCheckpoint(at('whole'))).parameters;
      const moved = Object.entries(trained).filter(([path, { data }]) =>
        data.some((value, i) => value !== parameters[path]!.data[i]),
      );
      expect(moved.length).toBeGreaterThan(0.9 * Object.keys(trained).length);
    },
    PATIENCE,
  );

  it.runIf(there)('refuses another seed, in one line', async () => {
    const other = train({ ...kind, from: at('first'), to: at('other'), updates: 1, seed: 4 });
    await expect(other).rejects.toThrow(
      /SteadyformerError: this run was saved with other settings \(seed: saved 3, now 4; batches\.seed: saved 3, now 4\)/,
    );
  });
});
