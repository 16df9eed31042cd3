import { readFileSync } from 'node:fs';
import { decodeSafetensors, type StateDict, selectBackend, stateDict } from '@steadyformer/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { anyKind, type KindName, kindNames } from '../../testing/models';
import { MAX_LENGTH, torchCase } from '../../testing/torchCases';
import { profile, reparameterize } from '..';

// Written by fixtures/make_torch.py.
const file = (name: string): Buffer => readFileSync(new URL(`../fixtures/torch/${name}`, import.meta.url));

const reference = JSON.parse(file('reference.json').toString()) as Record<
  KindName,
  { readonly outputs: number[]; readonly omegas: Record<string, Record<string, number[]>> }
>;

beforeAll(async () => {
  await selectBackend();
});

/** max |a - b|; NaN where one is. */
const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));
};

describe.each(kindNames)('a %s in PyTorch', (kind) => {
  it('has the outputs of our Admin model, from the weights of its fold', async () => {
    const { model, batch } = torchCase(kind);
    const outputs = await anyKind(model).call(batch).data();
    expect(Math.max(...outputs)).toBeGreaterThan(1);
    expect(apart(outputs, reference[kind].outputs)).toBeLessThan(1e-5);
    const plain = await reparameterize(model, { maxLength: MAX_LENGTH });
    const [ours, read]: StateDict[] = [
      await stateDict(plain),
      decodeSafetensors(file(`${kind}.folded.safetensors`)).tensors,
    ];
    expect(Object.keys(ours!).sort()).toEqual(Object.keys(read!).sort());
    for (const [path, { data }] of Object.entries(ours!)) {
      expect(apart(data, read![path]!.data), path).toBeLessThan(1e-6);
    }
  });

  it.each(
    (['reference', 'paper'] as const).flatMap((rule) =>
      (['counted', 'masked'] as const).map((pads) => [rule, pads] as const),
    ),
  )("has our omegas, by the authors' algorithm to the letter (rule %s, pads %s)", async (rule, pads) => {
    const { model, batch } = torchCase(kind);
    const { stacks } = await profile(anyKind(model), [batch], { rule, pads, dropout: false });
    const expected = reference[kind].omegas[`${rule}, ${pads}`]!;
    expect(Object.keys(stacks)).toEqual(Object.keys(expected));
    for (const [name, branches] of Object.entries(stacks)) {
      const omegas = branches.map(({ omega }) => omega);
      expect(apart(omegas, expected[name]!)).toBeLessThan(1e-4);
    }
  });
});
