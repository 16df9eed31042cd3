import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { outerStep } from './outerStep';

interface Case {
  readonly rate: number;
  readonly momentum: number;
  readonly start: readonly number[];
  readonly means: readonly (readonly number[])[];
  readonly expected: readonly (readonly number[])[];
}

const { cases } = JSON.parse(
  readFileSync(fileURLToPath(new URL('fixtures/outerStep.json', import.meta.url)), 'utf8'),
) as { readonly cases: readonly Case[] };

it.each(cases)("is PyTorch's SGD: rate $rate, momentum $momentum", ({ start, means, expected, ...rule }) => {
  const outer = Float32Array.from(start);
  const velocity = rule.momentum > 0 ? new Float32Array(start.length) : undefined;
  for (const [step, mean] of means.entries()) {
    outerStep(outer, (i) => mean[i]!, rule, velocity);
    for (const [i, weight] of outer.entries()) expect(weight).toBeCloseTo(expected[step]![i]!, 6);
  }
});

it('is exactly the mean with a rate of 1, however small that is beside the weight', () => {
  const outer = Float32Array.of(1, -3, 2 ** -100, 5);
  const mean = Float32Array.of(2 ** -60 * 1.1, 1 / 3, -1, 5);
  outerStep(outer, (i) => mean[i]!, { rate: 1, momentum: 0 });
  expect(outer).toEqual(mean);
});
