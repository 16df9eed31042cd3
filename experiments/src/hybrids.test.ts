import { selectBackend } from '@steadyformer/core';
import { expect, it } from 'vitest';
import { ARCHITECTURES, hybrids } from './hybrids';

it('trains every architecture on the same text and tells learning from not learning', async () => {
  await selectBackend();
  const colours = ['red', 'blue', 'green', 'black'].map((en, i) => [
    en,
    ['rot', 'blau', 'grün', 'schwarz'][i]!,
  ]);
  const things = ['house', 'car', 'tree'].map((en, i) => [en, ['Haus', 'Auto', 'Baum'][i]!]);
  const pairs = colours.flatMap(([a, b]) =>
    things.map(([c, d]) => ({ source: `${a} ${c}`, target: `${b} ${d}` })),
  );
  const sizes = { depth: 1, width: 16, seed: 1 };
  const seen: string[] = [];
  const learned = await hybrids(pairs, pairs, { ...sizes, steps: 80, rate: 1e-2 }, ({ architecture }) =>
    seen.push(architecture),
  );
  expect(seen).toEqual(Object.keys(ARCHITECTURES));
  expect(learned.map(({ converged }) => converged)).toEqual(seen.map(() => true));
  const idle = await hybrids(pairs, pairs, { ...sizes, steps: 1, rate: 1e-9 });
  expect(idle.map(({ converged }) => converged)).toEqual(seen.map(() => false));
}, 120_000);
