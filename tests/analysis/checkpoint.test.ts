import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { admin, stateDict, transformer } from '@steadyformer/core';
import { trainBpe } from '@steadyformer/translate';
import { saveCheckpoint } from '@steadyformer/translate/node';
import { main } from 'steadyformer';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-analysis-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A checkpoint as training writes it. */
const save = async (name: string, seed: number): Promise<string> => {
  const vocabulary = trainBpe(['a small test', 'ein kleiner Test'], { merges: 20 });
  const sizes = { padId: 1, width: 16, heads: 2, depth: 4 };
  const model = transformer({ ...sizes, vocabulary: vocabulary.size, method: admin() }, seed);
  const path = join(folder, name);
  await saveCheckpoint(path, { config: model.config, parameters: await stateDict(model), vocabulary });
  model.dispose();
  return path;
};

const run = async (...args: string[]) => {
  let [out, error] = ['', ''];
  const code = await main(['analyse', ...args, '--sentences', '2', '--length', '8', '--backend', 'wasm'], {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { code, out, error };
};

it("analyses translate's checkpoints, each as it was saved", async () => {
  const [early, late] = [await save('100', 1), await save('200', 2)];
  for (const [args, expected] of [
    [['depth-check', '--stack', 'decoder', '--seeds', '2'], '200: Cannot tell from these depths and widths'],
    [['output-change', '--depths', '1,2,3,4'], '100 '],
    [['dependency'], 'decoder.layers.3.crossAttention'],
    [['gradients'], '100 encoder: |dx_0| / |dx_N|'],
    [['predict'], 'decoder.layers.3.crossAttention'],
  ] as const) {
    const { code, out, error } = await run(...args, '--model', early, late);
    expect(code, error).toBe(0);
    expect(out).toContain(expected);
  }
  const { code, out } = await run('updates', early, late);
  expect(code).toBe(0);
  expect(out).toMatch(/path +update +weight +ratio +gradient/);
});
