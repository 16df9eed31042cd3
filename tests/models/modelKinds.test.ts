import { adminInit, profile } from '@steadyformer/admin-init';
import { dependency } from '@steadyformer/analysis';
import { admin, encoder, type LanguageModel, languageModel, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';

const sizes = { vocabulary: 20, padId: 1, width: 16, heads: 2, depth: 3, method: admin() };
const ids = (): tf.Tensor2D => tf.tensor2d([2, 6, 5, 9, 12, 2, 8, 7, 1, 1], [2, 5], 'int32');

beforeAll(async () => {
  await selectBackend('wasm');
});

describe.each([
  ['decoder', () => languageModel(sizes)],
  ['encoder', () => encoder(sizes)],
] as const)('a model with only a stack called %s', (name, build) => {
  it('is profiled, initialised and analysed by path', async () => {
    const model = build() as LanguageModel;
    const measured = await profile(model, [ids()]);
    const branches = measured.stacks[name]!;
    expect(Object.keys(measured.stacks)).toEqual([name]);
    expect(measured.tokens[name]).toEqual([8]);
    expect(branches.map(({ path }) => path).at(-1)).toBe(`${name}.layers.2.feedForward`);
    const omegas = branches.map(({ omega }) => omega);
    expect(omegas[0]).toBe(1);
    // omega_{i+1}^2 = omega_i^2 Var[x_{i-1}] + Var[a_i]; Var[x] is 1 after a norm.
    expect(omegas[5]).toBeCloseTo(Math.sqrt(omegas[4]! ** 2 + branches[4]!.branchVariance), 3);
    await adminInit(model, [ids()]);
    const last = model.stacks()[name]!.layers[2]!.feedForward!.omega!;
    expect((await last.variable.data())[0]).toBeCloseTo(omegas[5]!, 5);
    const { diagonal } = (await dependency(model, ids()))[name]!;
    expect(diagonal).toHaveLength(6);
    expect(Math.max(...diagonal)).toBeLessThan(1);
    model.dispose();
  });
});
