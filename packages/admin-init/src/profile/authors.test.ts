import { readFileSync } from 'node:fs';
import { admin, randomStream, selectBackend, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { parseProfile, profile } from '..';

beforeAll(async () => {
  await selectBackend();
});

/** Zipf-like tokens: rank r with probability proportional to 1 / r, as words have. */
const zipf = (rows: number, columns: number, vocabulary: number, seed: number): tf.Tensor2D => {
  const draws = randomStream(seed).uniform(rows * columns);
  const ids = Array.from(draws, (u) => 4 + Math.floor((vocabulary - 4) ** u));
  return tf.tensor2d(ids, [rows, columns], 'int32');
};

it("has the authors' first 12 encoder omegas within 5 %", { timeout: 300_000 }, async () => {
  const long = process.env.STEADYFORMER_LONG === '1';
  const model = transformer(
    {
      vocabulary: 2000,
      padId: 1,
      width: 512,
      heads: 8,
      feedForward: 2048,
      depth: { encoder: 6, decoder: 1 },
      method: admin(),
      dropout: { residual: 0.1, attention: 0.1, activation: 0.1 },
    },
    1,
  );
  // About 4,000 tokens in sentences of 26 subwords; a quarter of that in the short form.
  const sentences = long ? 156 : 40;
  const source = zipf(sentences, 26, 2000, 1);
  const made = await profile(model, [{ source, target: zipf(sentences, 1, 2000, 2) }]);
  const text = readFileSync(new URL('../fixtures/authors-profile.txt', import.meta.url), 'utf8');
  const authors = parseProfile(text)[0]!;
  const branches = made.stacks.encoder!;
  if (long) {
    for (const [i, { path, omega }] of branches.entries()) {
      const [ours, theirs] = [omega.toFixed(3), authors[i]!.toFixed(3)];
      const apart = `${((omega / authors[i]! - 1) * 100).toFixed(1)} %`;
      console.log([i + 1, path, `omega ${ours}`, `authors ${theirs}`, apart].join('  '));
    }
  }
  for (const [i, { omega }] of branches.entries()) {
    expect(Math.abs(omega / authors[i]! - 1)).toBeLessThan(0.05);
    const before = branches[i - 1];
    if (!before) continue;
    expect(omega).toBeGreaterThan(before.omega);
    // Behind a norm omega_i^2 - omega_{i-1}^2 is the branch's variance alone.
    const ratio = (omega ** 2 - before.omega ** 2) / before.branchVariance;
    if (i > 1) expect(Math.abs(ratio - 1)).toBeLessThan(0.01);
  }
  model.dispose();
});
