import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend } from '@steadyformer/core';
import { planRun } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { afterAll, expect, it } from 'vitest';
import { bundled } from './team';

const backend = await selectBackend('onnxruntime').catch((error: Error) => error);
const root = mkdtempSync(join(tmpdir(), 'steadyformer-plan-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Threads that are at work. */
const workers = (): number =>
  (process.report.getReport() as { readonly workers: readonly unknown[] }).workers.length;

it.skipIf(backend instanceof Error)(
  'a plan measures with the replicas of the run, and ends them',
  async () => {
    const lines = Array.from({ length: 30 }, (_, i) =>
      ['a', 'b', 'c', 'd', 'e'].slice(0, 1 + (i % 5)).join(' '),
    );
    const [source, target] = ['text.a', 'text.b'].map((name) => join(root, name));
    writeFileSync(source!, `${lines.join('\n')}\n`);
    writeFileSync(target!, `${lines.map((line) => line.toUpperCase()).join('\n')}\n`);
    const config = {
      output: join(root, 'run'),
      backend: 'onnxruntime',
      data: { train: { source, target }, valid: { source, target }, filter: { apply: false } },
      vocabulary: { merges: 5 },
      batches: { maxTokens: 40 },
      model: {
        width: 8,
        heads: 2,
        depth: 1,
        dropout: { residual: 0, attention: 0, activation: 0 },
      },
      training: { updates: 10 },
    };
    const [tensors, threads] = [tf.memory().numTensors, workers()];
    const options = { entry: await bundled('translation') };
    const alone = (await planRun({ ...config, replicas: 1 }, options)).measured!;
    const shared = (await planRun({ ...config, replicas: 2 }, options)).measured!;
    expect([alone.replicas, shared.replicas]).toEqual([1, 2]);
    for (const [i, { loss, gradientNorm, tokens }] of shared.updates.entries()) {
      const other = alone.updates[i]!;
      expect(tokens).toBe(other.tokens);
      expect(loss! / other.loss!).toBeCloseTo(1, 5);
      expect(gradientNorm! / other.gradientNorm!).toBeCloseTo(1, 4);
    }
    expect([tf.memory().numTensors, workers()]).toEqual([tensors, threads]);
    expect(readdirSync(root).sort()).toEqual(['text.a', 'text.b']);
  },
);
